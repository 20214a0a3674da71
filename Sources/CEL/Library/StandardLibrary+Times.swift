internal import TimeZones

extension StandardLibrary {
    static let times: CELLibrary = {
        var library = CELLibrary()
        for (function, id, part) in parts {
            library.member(
                function, "timestamp_to_\(id)", "(timestamp) -> int",
                .unary { time throws(CELEvaluationError) in
                    guard case .timestamp(let time) = time else { throw .noSuchOverload }
                    return .int(part(CivilTime(seconds: time.seconds), time))
                })
            let zoned = function == "getSeconds" ? "timestamp_to_seconds_tz" : "timestamp_to_\(id)_with_tz"
            library.member(
                function, zoned, "(timestamp, string) -> int",
                .binary { time, zone throws(CELEvaluationError) in
                    guard case .timestamp(let time) = time else { throw .noSuchOverload }
                    let offset = try ZoneOffset.offset(of: try zone.string(), at: time.seconds)
                    return .int(part(CivilTime(seconds: time.seconds + offset), time))
                })
        }
        for (function, id, unit) in [
            ("getHours", "hours", Int64(3_600_000_000_000)), ("getMinutes", "minutes", 60_000_000_000),
            ("getSeconds", "seconds", 1_000_000_000), ("getMilliseconds", "milliseconds", 1_000_000),
        ] {
            library.member(
                function, "duration_to_\(id)", "(duration) -> int",
                .unary { duration throws(CELEvaluationError) in
                    guard case .duration(let nanoseconds) = duration else { throw .noSuchOverload }
                    return .int(nanoseconds / unit)
                })
        }
        return library
    }()

    private static let parts: [(String, String, @Sendable (CivilTime, CELTimestamp) -> Int64)] = [
        ("getFullYear", "year", { civil, _ in civil.year }), ("getMonth", "month", { civil, _ in civil.month - 1 }),
        ("getDayOfYear", "day_of_year", { civil, _ in civil.dayOfYear }),
        ("getDayOfMonth", "day_of_month", { civil, _ in civil.day - 1 }),
        ("getDate", "day_of_month_1_based", { civil, _ in civil.day }),
        ("getDayOfWeek", "day_of_week", { civil, _ in civil.weekday }),
        ("getHours", "hours", { civil, _ in civil.hour }), ("getMinutes", "minutes", { civil, _ in civil.minute }),
        ("getSeconds", "seconds", { civil, _ in civil.second }),
        ("getMilliseconds", "milliseconds", { _, time in Int64(time.nanoseconds / 1_000_000) }),
    ]
}
