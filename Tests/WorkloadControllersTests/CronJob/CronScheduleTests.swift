import Determinism
import Testing
import TimeZones
import WorkloadControllers

@Suite("CronSchedule")
struct CronScheduleTests {
    @Test(
        "the next run is the first that fits, strictly later",
        arguments: [
            ("* * * * *", "2026-01-01T00:00:00Z", "2026-01-01T00:01:00Z"),
            ("* * * * *", "2026-01-01T00:00:59Z", "2026-01-01T00:01:00Z"),
            ("*/15 * * * *", "2026-01-01T00:15:00Z", "2026-01-01T00:30:00Z"),
            ("7/20 * * * *", "2026-01-01T00:28:00Z", "2026-01-01T00:47:00Z"),
            ("0 9-17/4 * * *", "2026-01-01T13:00:00Z", "2026-01-01T17:00:00Z"),
            ("30 4 1,15 * *", "2026-01-02T00:00:00Z", "2026-01-15T04:30:00Z"),
            ("0 0 29 2 *", "2026-03-01T00:00:00Z", "2028-02-29T00:00:00Z"),
            ("0 0 31 * *", "2026-01-31T00:00:00Z", "2026-03-31T00:00:00Z"),
            ("0 12 * * MON-FRI", "2026-01-02T12:00:00Z", "2026-01-05T12:00:00Z"),
            ("0 0 * * 0", "2026-01-01T00:00:00Z", "2026-01-04T00:00:00Z"),
            ("0 0 * * 7", "2026-01-01T00:00:00Z", "2026-01-04T00:00:00Z"),
            ("0 0 1 jan,jul *", "2026-01-01T00:00:00Z", "2026-07-01T00:00:00Z"),
            ("@hourly", "2026-01-01T00:30:00Z", "2026-01-01T01:00:00Z"),
            ("@weekly", "2026-01-01T00:00:00Z", "2026-01-04T00:00:00Z"),
            ("@yearly", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"),
            ("@every 1h30m", "2026-01-01T00:00:10Z", "2026-01-01T01:30:10Z"),
        ])
    func next(text: String, after: String, expected: String) throws {
        let schedule = try #require(CronSchedule(text))
        let time = try #require(Timestamp(rfc3339: after))
        #expect(schedule.next(after: time)?.rfc3339 == expected)
    }

    private static let newYork = "America/New_York"

    @Test(
        "a zone's clocks decide: what they leave out is left out, what they show twice comes twice",
        arguments: [
            // Ahead from 2:00 to 3:00.
            (newYork, "30 2 * * *", "2026-03-08T00:00:00-05:00", "2026-03-09T02:30:00-04:00"),
            (newYork, "0 * * * *", "2026-03-08T01:00:00-05:00", "2026-03-08T03:00:00-04:00"),
            (newYork, "0 3 * * *", "2026-03-07T03:00:00-05:00", "2026-03-08T03:00:00-04:00"),
            (newYork, "30 2 8 3 *", "2026-03-08T00:00:00-05:00", "2027-03-08T02:30:00-05:00"),
            // Back from 2:00 to 1:00.
            (newYork, "0 1 * * *", "2026-11-01T00:00:00-04:00", "2026-11-01T01:00:00-04:00"),
            (newYork, "0 1 * * *", "2026-11-01T01:00:00-04:00", "2026-11-01T01:00:00-05:00"),
            (newYork, "0 1 * * *", "2026-11-01T01:00:00-05:00", "2026-11-02T01:00:00-05:00"),
            (newYork, "30 1 1 11 *", "2026-11-01T01:45:00-04:00", "2026-11-01T01:30:00-05:00"),
            (newYork, "0 2 * * *", "2026-11-01T00:00:00-04:00", "2026-11-01T02:00:00-05:00"),
            (newYork, "0 0 * * *", "2026-10-31T00:00:00-04:00", "2026-11-01T00:00:00-04:00"),
            (newYork, "0 0 2 11 *", "2026-10-31T00:00:00-04:00", "2026-11-02T00:00:00-05:00"),
            // A day without midnight.
            ("America/Sao_Paulo", "0 9 10 * *", "2018-10-17T05:00:00-04:00", "2018-11-10T06:00:00-05:00"),
            ("America/Sao_Paulo", "0 0 * * *", "2018-11-03T12:00:00-03:00", "2018-11-05T00:00:00-02:00"),
            ("America/Sao_Paulo", "15 1 * * *", "2018-11-03T12:00:00-03:00", "2018-11-04T01:15:00-02:00"),
            // Half an hour, and offsets that are no whole hours.
            ("Australia/Lord_Howe", "15 2 * * *", "2026-10-03T12:00:00+10:30", "2026-10-05T02:15:00+11:00"),
            ("Asia/Kolkata", "0 0 1 * *", "2026-01-31T00:00:00Z", "2026-01-31T18:30:00Z"),
            ("Asia/Kathmandu", "0 9 * * MON", "2026-01-04T00:00:00Z", "2026-01-05T03:15:00Z"),
            ("Europe/Berlin", "@daily", "2026-06-30T22:00:00Z", "2026-07-01T22:00:00Z"),
        ])
    func zones(name: String, text: String, after: String, expected: String) throws {
        let schedule = try #require(CronSchedule(text))
        let zone = try #require(TimeZone.named(name))
        let time = try #require(Timestamp(rfc3339: after))
        #expect(schedule.next(after: time, in: zone) == Timestamp(rfc3339: expected))
    }

    @Test("of a day of the month and a day of the week either will do, unless one is a star")
    func days() throws {
        let start = try #require(Timestamp(rfc3339: "2026-01-01T00:00:00Z"))
        let either = try #require(CronSchedule("0 0 13 * FRI"))
        #expect(either.next(after: start)?.rfc3339 == "2026-01-02T00:00:00Z")
        let stepped = try #require(CronSchedule("0 0 */2 * FRI"))
        #expect(stepped.next(after: start)?.rfc3339 == "2026-01-09T00:00:00Z")
    }

    @Test("what can never come has no next run")
    func never() throws {
        let schedule = try #require(CronSchedule("0 0 30 2 *"))
        #expect(schedule.next(after: .testEpochOfSchedules) == nil)
    }

    @Test(
        "what is no schedule is none",
        arguments: [
            "", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "* * * * 8",
            "5-1 * * * *", "*/0 * * * *", "a * * * *", "@never", "@every x", "1,,2 * * * *",
        ])
    func refused(text: String) {
        #expect(CronSchedule(text) == nil)
    }
}

extension Timestamp {
    fileprivate static let testEpochOfSchedules = Timestamp(seconds: 1_767_225_600)
}
