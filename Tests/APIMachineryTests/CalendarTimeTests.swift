import APIMachinery
import Testing

@Suite("Times and durations as Go has them")
struct CalendarTimeTests {
    @Test(arguments: [
        ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"), ("2026-01-01T02:30:00.9+02:30", "2026-01-01T00:00:00Z"),
        ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"), ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ("2024-02-29T23:59:59-05:00", "2024-03-01T04:59:59Z"), ("1969-12-31T23:59:59Z", "1969-12-31T23:59:59Z"),
    ])
    func reads(_ text: String, _ expected: String) throws {
        #expect(try CalendarTime(parsing: text, .seconds).text(.seconds) == expected)
    }

    @Test(arguments: [
        ("2026-01-01", "parsing time \"2026-01-01\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"\" as \"T\""),
        ("x", "parsing time \"x\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"x\" as \"2006\""),
        ("2026-13-01T00:00:00Z", "parsing time \"2026-13-01T00:00:00Z\": month out of range"),
        ("2023-02-29T00:00:00Z", "parsing time \"2023-02-29T00:00:00Z\": day out of range"),
        ("2026-01-01T00:00:00Zx", "parsing time \"2026-01-01T00:00:00Zx\": extra text: \"x\""),
    ])
    func refuses(_ text: String, _ message: String) {
        #expect { try CalendarTime(parsing: text, .seconds) } throws: { "\($0)" == message }
    }

    @Test("a micro time wants its six digits")
    func micro() throws {
        let text = "2026-01-01T00:00:00.123456Z"
        #expect(try CalendarTime(parsing: text, .microseconds).text(.microseconds) == text)
        #expect(throws: CalendarTimeError.self) { try CalendarTime(parsing: "2026-01-01T00:00:00Z", .microseconds) }
    }

    @Test(
        arguments: [
            ("0s", 0, "0s"), ("0", 0, "0s"), ("1h", 3_600_000_000_000, "1h0m0s"), ("90s", 90_000_000_000, "1m30s"),
            ("1.5s", 1_500_000_000, "1.5s"), ("100ms", 100_000_000, "100ms"), ("1us", 1000, "1µs"),
            ("-1m", -60_000_000_000, "-1m0s"),
            ("1h15m30.918s", 4_530_918_000_000, "1h15m30.918s"), (".5m", 30_000_000_000, "30s"), ("7ns", 7, "7ns"),
        ] as [(String, Int64, String)])
    func durations(_ text: String, _ nanoseconds: Int64, _ canonical: String) throws {
        #expect(try DurationText.parse(text) == nanoseconds)
        #expect(DurationText.text(nanoseconds: nanoseconds) == canonical)
    }

    @Test(arguments: [
        ("", "time: invalid duration \"\""), ("1", "time: missing unit in duration \"1\""),
        ("1d", "time: unknown unit \"d\" in duration \"1d\""),
        (".s", "time: invalid duration \".s\""), ("99999999999h", "time: invalid duration \"99999999999h\""),
    ])
    func badDurations(_ text: String, _ message: String) {
        #expect { try DurationText.parse(text) } throws: { "\($0)" == message }
    }
}
