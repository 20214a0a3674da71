internal import Synchronization

/// Everything that goes on one page.
package final class MetricsRegistry: Sendable {
    private struct Source: Sendable {
        let family: MetricFamily
        let samples: @Sendable () -> [MetricSample]
    }

    private let sources = Mutex<[Source]>([])

    package init() {}

    /// A family whose samples are asked for whenever the page is written.
    package func add(_ family: MetricFamily, _ samples: @escaping @Sendable () -> [MetricSample]) {
        sources.withLock { $0.append(Source(family: family, samples: samples)) }
    }

    package func counters(_ family: MetricFamily) -> Labelled<Counter> {
        let counters = Labelled { Counter() }
        add(family) { counters.all.map { MetricSample($0, $1.value) } }
        return counters
    }

    package func counter(_ family: MetricFamily) -> Counter {
        let counter = Counter()
        add(family) { [MetricSample([], counter.value)] }
        return counter
    }

    package func histograms(_ family: MetricFamily, _ layout: HistogramLayout) -> Labelled<Histogram> {
        let histograms = Labelled { Histogram(layout) }
        add(family) { histograms.all.map { MetricSample($0, $1.snapshot) } }
        return histograms
    }

    package var page: MetricsPage {
        var page = MetricsPage()
        for source in sources.withLock({ $0 }) { page.add(source.family, source.samples()) }
        return page
    }
}

/// Counters or histograms by what their labels say. Looking one up takes a lock: keep what is used often.
package final class Labelled<Element: Sendable>: Sendable {
    /// Series of one family; what comes beyond is counted nowhere.
    package static var seriesMax: Int { 4096 }

    private let state = Mutex<[[String]: Element]>([:])
    private let make: @Sendable () -> Element

    package init(_ make: @escaping @Sendable () -> Element) { self.make = make }

    package subscript(_ labels: String...) -> Element { with(labels) }

    package func with(_ labels: [String]) -> Element {
        state.withLock { state in
            if let known = state[labels] { return known }
            let element = make()
            if state.count < Self.seriesMax { state[labels] = element }
            return element
        }
    }

    package func remove(_ labels: [String]) { state.withLock { $0[labels] = nil } }

    package var all: [(labels: [String], element: Element)] { state.withLock { $0.map { ($0.key, $0.value) } } }
}
