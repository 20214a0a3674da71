internal import Determinism

/// Measurements as a table for people: a line for each workload, the servers side by side.
struct Table {
    private let servers: [String]
    private let measurements: [Measurement]

    /// The first server is the one that ratios are about.
    init(_ measurements: [Measurement], servers: [String]) {
        self.measurements = measurements
        self.servers = servers
    }

    var text: String {
        var rows = [["workload", "encoding", "CPU us per"] + servers + (servers.count == 2 ? ["ratio"] : [])]
        for server in servers { rows[0] += ["\(server): per s", "p50 ms", "p99 ms"] }
        for measurement in measurements where measurement.server == servers[0] {
            let other = servers.dropFirst().first.flatMap { find(measurement, $0) }
            rows.append(row(measurement, other) { $0.cpu })
            guard let besides = measurement.workload.besides, measurement.besides > 0 else { continue }
            var whole = row(measurement, other) { $0.cpu + $0.besides }
            whole[0] = "+ " + besides
            rows.append(Array(whole.prefix(servers.count == 2 ? 6 : 4)))
        }
        return Self.aligned(rows)
    }

    private func find(_ measurement: Measurement, _ server: String) -> Measurement? {
        measurements.first {
            $0.server == server && $0.workload == measurement.workload && $0.encoding == measurement.encoding
        }
    }

    private func row(_ one: Measurement, _ other: Measurement?, _ cpu: (Measurement) -> Double) -> [String] {
        var row = [one.workload.rawValue, one.encoding.rawValue, one.workload.unit, Self.number(cpu(one))]
        if let other {
            row.append(Self.number(cpu(other)))
            row.append("1/" + Self.number(cpu(other) / cpu(one)))
        }
        for measurement in [one] + (other.map { [$0] } ?? []) {
            row += [
                Self.number(measurement.rate), Self.number(measurement.median.inSeconds * 1000),
                Self.number(measurement.percentile99.inSeconds * 1000),
            ]
        }
        return row
    }

    /// Three digits that mean something.
    private static func number(_ value: Double) -> String {
        guard value.isFinite else { return "-" }
        if value >= 100 { return String(Int(value.rounded())) }
        let tenths = Int((value * (value >= 10 ? 10 : 100)).rounded())
        return value >= 10 ? "\(tenths / 10).\(tenths % 10)" : "\(tenths / 100).\(tenths / 10 % 10)\(tenths % 10)"
    }

    private static func aligned(_ rows: [[String]]) -> String {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
        return rows.map { row in
            row.enumerated().map { column, text in
                let padding = String(repeating: " ", count: widths[column] - text.count)
                return column < 3 ? text + padding : padding + text
            }.joined(separator: "  ")
        }.joined(separator: "\n")
    }
}
