import APIMachinery
import Testing

@Suite struct DurationTests {
    @Test(arguments: [
        ("0s", .zero), ("1h0m1s", .seconds(3601)), ("1m30s", .seconds(90)), ("1.5s", .milliseconds(1500)),
        ("100ms", .milliseconds(100)), ("1.25µs", .nanoseconds(1250)), ("7ns", .nanoseconds(7)),
        ("-2m0s", .seconds(-120)), ("1.000000001s", .nanoseconds(1_000_000_001)),
    ] as [(String, Duration)])
    func readsAndWritesAsGoDoes(text: String, duration: Duration) {
        #expect(duration.goText == text)
        #expect(Duration(goText: text) == duration)
    }

    @Test(arguments: [("0", 0), ("1h", 3600), ("+90m", 5400), (".5m", 30), ("1h1h", 7200)])
    func readsOtherWaysToSayIt(text: String, seconds: Int) {
        #expect(Duration(goText: text) == .seconds(seconds))
    }

    @Test(arguments: ["", "-", "1", "1x", "s", ".s", "1h 1m", "3000000h", "1.2.3s"])
    func refusesTheRest(text: String) {
        #expect(Duration(goText: text) == nil)
    }
}
