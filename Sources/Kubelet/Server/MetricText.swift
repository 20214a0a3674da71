internal import Determinism

/// Prometheus' text form.
struct MetricText {
    private(set) var text = ""

    mutating func counter(_ name: String, _ help: String) { describe(name, help, "counter") }
    mutating func gauge(_ name: String, _ help: String) { describe(name, help, "gauge") }

    /// One line; `time` in milliseconds stands behind the value when given.
    mutating func sample(_ name: String, _ labels: [(String, String)], _ value: Double, _ time: Timestamp?) {
        text += name
        if !labels.isEmpty {
            text += "{" + labels.map { "\($0.0)=\"\(Self.escaped($0.1))\"" }.joined(separator: ",") + "}"
        }
        let whole = Int64(exactly: value)
        text += " " + (whole.map(String.init) ?? "\(value)")
        if let time { text += " \(time.nanoseconds / 1_000_000)" }
        text += "\n"
    }

    private mutating func describe(_ name: String, _ help: String, _ type: String) {
        text += "# HELP \(name) [STABLE] \(help)\n# TYPE \(name) \(type)\n"
    }

    private static func escaped(_ text: String) -> String {
        var result = ""
        for character in text {
            switch character {
            case "\\": result += "\\\\"
            case "\"": result += "\\\""
            case "\n": result += "\\n"
            default: result.append(character)
            }
        }
        return result
    }
}
