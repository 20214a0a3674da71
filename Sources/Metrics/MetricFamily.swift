/// A metric's name and meaning, whatever its labels say.
package struct MetricFamily: Sendable {
    package enum Kind: String, Sendable { case counter, gauge, histogram }

    /// How much its users may rely on it (`k8s.io/component-base/metrics`).
    package enum Stability: String, Sendable { case alpha = "ALPHA", beta = "BETA", stable = "STABLE" }

    package let name: String
    package let kind: Kind
    package let help: String
    package let labels: [String]

    package init(
        _ name: String, _ kind: Kind, _ help: String, labels: [String] = [], _ stability: Stability? = .alpha,
        deprecatedSince: String? = nil
    ) {
        self.name = name
        self.kind = kind
        self.labels = labels
        let help = deprecatedSince.map { "(Deprecated since \($0)) \(help)" } ?? help
        self.help = stability.map { "[\($0.rawValue)] \(help)" } ?? help
    }
}

/// One line of a metric, or the lines of one histogram.
package struct MetricSample: Sendable {
    package enum Value: Sendable {
        case number(Double)
        case histogram(HistogramSnapshot)
    }

    /// Values of the family's labels, in its order.
    package let labels: [String]
    package let value: Value

    package init(_ labels: [String], _ value: Value) {
        self.labels = labels
        self.value = value
    }

    package init(_ labels: [String], _ number: Double) {
        self.labels = labels
        value = .number(number)
    }

    package init(_ labels: [String], _ number: Int) { self.init(labels, Double(number)) }

    package init(_ labels: [String], _ histogram: HistogramSnapshot) {
        self.labels = labels
        value = .histogram(histogram)
    }
}
