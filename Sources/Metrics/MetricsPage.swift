/// What Prometheus reads: its text format, version 0.0.4.
package struct MetricsPage: Sendable {
    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    private var families: [(name: String, text: String)] = []

    package init() {}

    /// A family without samples is left out.
    package mutating func add(_ family: MetricFamily, _ samples: [MetricSample]) {
        guard !samples.isEmpty else { return }
        var text = "# HELP \(family.name) \(Self.escaped(family.help))\n# TYPE \(family.name) \(family.kind.rawValue)\n"
        let order = family.labels.indices.sorted { family.labels[$0] < family.labels[$1] }
        for sample in samples.sorted(by: { $0.labels.lexicographicallyPrecedes($1.labels) }) {
            let pairs = order.map { "\(family.labels[$0])=\"\(Self.escaped(sample.labels[$0], inQuotes: true))\"" }
            switch sample.value {
            case .number(let number): Self.line(family.name, pairs, number, &text)
            case .histogram(let histogram): Self.lines(family.name, pairs, histogram, &text)
            }
        }
        families.append((family.name, text))
    }

    package var text: String { families.sorted { $0.name < $1.name }.map(\.text).joined() }

    private static func lines(
        _ name: String, _ pairs: [String], _ histogram: HistogramSnapshot, _ text: inout String
    ) {
        var count = 0
        for (index, bucket) in histogram.buckets.enumerated() {
            count += bucket
            let bound = index < histogram.bounds.count ? number(histogram.bounds[index]) : "+Inf"
            line(name + "_bucket", pairs + ["le=\"\(bound)\""], Double(count), &text)
        }
        line(name + "_sum", pairs, histogram.sum, &text)
        line(name + "_count", pairs, Double(count), &text)
    }

    private static func line(_ name: String, _ pairs: [String], _ value: Double, _ text: inout String) {
        text += name
        if !pairs.isEmpty { text += "{\(pairs.joined(separator: ","))}" }
        text += " \(number(value))\n"
    }

    private static func escaped(_ text: String, inQuotes: Bool = false) -> String {
        guard text.utf8.contains(where: { $0 == 0x5c || $0 == 0x0a || $0 == 0x22 }) else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\"" where inQuotes: result += "\\\""
            case let other: result.unicodeScalars.append(other)
            }
        }
        return result
    }

    /// As Go writes it with `%g`: the fewest digits that mean this number, with an exponent when that is below -4 or
    /// above 5.
    package static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if value == 0 { return "0" }
        let sign = value < 0 ? "-" : ""
        let (digits, point) = decimal(value.magnitude)
        let exponent = point - 1
        guard exponent >= -4, exponent < 6 else {
            let rest = digits.dropFirst()
            let size = String(exponent.magnitude)
            return sign + digits.prefix(1) + (rest.isEmpty ? "" : "." + rest) + (exponent < 0 ? "e-" : "e+")
                + (size.count < 2 ? "0" : "") + size
        }
        if point <= 0 { return sign + "0." + String(repeating: "0", count: -point) + digits }
        guard digits.count > point else { return sign + digits + String(repeating: "0", count: point - digits.count) }
        return sign + digits.prefix(point) + "." + digits.dropFirst(point)
    }

    /// The shortest digits, and where the point is among them: 12.5 is `125` and 2.
    private static func decimal(_ value: Double) -> (digits: String, point: Int) {
        let parts = value.description.split(separator: "e")
        let mantissa = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        let whole = mantissa[0]
        let fraction = mantissa.count > 1 && mantissa[1] != "0" ? mantissa[1] : ""
        let digits = whole + fraction
        let leading = digits.prefix { $0 == "0" }.count
        var trimmed = digits.dropFirst(leading)
        while trimmed.last == "0" { trimmed = trimmed.dropLast() }
        let exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
        return (String(trimmed), whole.count - leading + exponent)
    }
}
