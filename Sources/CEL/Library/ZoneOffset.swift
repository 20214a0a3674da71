internal import APIMachinery
internal import TimeZones

/// Time zones as expressions name them: by an offset, or as the system does.
enum ZoneOffset {
    /// Seconds east of UTC at a moment.
    static func offset(of name: String, at seconds: Int64) throws(CELEvaluationError) -> Int64 {
        if name.utf8.contains(UInt8(ascii: ":")) { return try numeric(name) }
        if name.isEmpty || name == "UTC" { return 0 }
        guard let zone = TimeZone.named(name) else { throw CELEvaluationError("unknown time zone \(name)") }
        return zone.offset(at: seconds)
    }

    private static func numeric(_ text: String) throws(CELEvaluationError) -> Int64 {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let hours = Int64(parts[0]) else { throw invalid(parts[0]) }
        guard let minutes = Int64(parts[1]) else { throw invalid(parts[1]) }
        guard (0...59).contains(minutes) else {
            throw CELEvaluationError("timezone offset minutes out of range [0, 59]: \(text)")
        }
        guard hours.magnitude < 1000 else { throw invalid(parts[0]) }
        return (text.hasPrefix("-") ? hours * 60 - minutes : hours * 60 + minutes) * 60
    }

    private static func invalid(_ text: String) -> CELEvaluationError {
        CELEvaluationError("strconv.Atoi: parsing \(GoText.quote(text)): invalid syntax")
    }
}
