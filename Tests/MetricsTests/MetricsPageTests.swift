import Metrics
import TestKit
import Testing

/// How numbers become a page.
@Suite("Metrics page")
struct MetricsPageTests {
    @Test(
        "a number is written as Go writes it",
        arguments: [
            (0.0, "0"), (1, "1"), (-1.5, "-1.5"), (0.005, "0.005"), (1.25, "1.25"), (1000, "1000"), (1e6, "1e+06"),
            (1_234_567, "1.234567e+06"), (123_456, "123456"), (0.0001, "0.0001"), (0.00001, "1e-05"), (60, "60"),
            (1.5e21, "1.5e+21"), (0.1, "0.1"), (.infinity, "+Inf"), (.nan, "NaN"), (2.5e-7, "2.5e-07"),
        ])
    func number(_ value: Double, _ expected: String) {
        #expect(MetricsPage.number(value) == expected)
    }

    @Test("families and labels are sorted, and what is counted comes out as it went in")
    func page() throws {
        let registry = MetricsRegistry()
        let counters = registry.counters(
            MetricFamily("z_total", .counter, "Back\\slash.", labels: ["verb", "code"], .stable))
        counters["GET", "200"].add(2)
        counters["a\"b\n", "500"].add()
        let histograms = registry.histograms(
            MetricFamily("a_seconds", .histogram, "Time.", labels: ["verb"]), .seconds([0.1, 1]))
        for duration in [Duration.milliseconds(100), .milliseconds(101), .seconds(2)] {
            histograms["GET"].observe(duration)
        }
        _ = registry.counters(MetricFamily("unused_total", .counter, "Nothing."))
        #expect(
            registry.page.text == """
                # HELP a_seconds [ALPHA] Time.
                # TYPE a_seconds histogram
                a_seconds_bucket{verb="GET",le="0.1"} 1
                a_seconds_bucket{verb="GET",le="1"} 2
                a_seconds_bucket{verb="GET",le="+Inf"} 3
                a_seconds_sum{verb="GET"} 2.201
                a_seconds_count{verb="GET"} 3
                # HELP z_total [STABLE] Back\\\\slash.
                # TYPE z_total counter
                z_total{code="200",verb="GET"} 2
                z_total{code="500",verb="a\\"b\\n"} 1

                """)
        let families = try MetricsReader.read(registry.page.text)
        #expect(families["z_total"]?.samples.map(\.value).reduce(0, +) == 3)
    }

    @Test("a page that breaks the format is refused", arguments: [
        "a 1\n", "# TYPE a counter\na 1", "# TYPE a counter\na{b=c} 1\n", "# TYPE a counter\na x\n",
        "# TYPE a counter\na 1\na 1\n", "# TYPE a counter\na 1\n# TYPE a counter\na 2\n",
        "# TYPE a histogram\na_bucket{le=\"1\"} 2\na_bucket{le=\"+Inf\"} 1\na_sum 1\na_count 1\n",
        "# TYPE a histogram\na_bucket{le=\"1\"} 1\na_sum 1\na_count 1\n",
    ])
    func strict(_ page: String) {
        #expect(throws: MetricsReader.Problem.self) { try MetricsReader.read(page) }
    }
}
