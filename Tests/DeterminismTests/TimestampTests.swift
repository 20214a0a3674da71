import Determinism
import Testing

@Suite("Timestamp")
struct TimestampTests {
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0), ("2026-01-01T00:00:00Z", 1_767_225_600), ("2000-02-29T23:59:59Z", 951_868_799),
        ("1969-12-31T23:59:59Z", -1), ("2026-01-01T02:30:00+02:30", 1_767_225_600),
        ("2025-12-31T19:00:00-05:00", 1_767_225_600),
    ])
    func readsRFC3339(_ text: String, _ seconds: Int64) {
        #expect(Timestamp(rfc3339: text)?.seconds == seconds)
    }

    @Test(arguments: ["", "2026-01-01", "2026-13-01T00:00:00Z", "2026-01-01T00:00:00", "2026-01-01T00:00:00.Z", "x"])
    func refusesAnythingElse(_ text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }

    @Test("what is written reads back, before and after 1970", arguments: 1...200 as ClosedRange<UInt64>)
    func roundTrips(_ seed: UInt64) {
        let random = SeededRandomSource(seed: seed)
        let time = Timestamp(nanoseconds: Int64(random.below(4_000_000_000)) * 1_000_000_000 - 1_000_000_000_000_000_000)
        #expect(Timestamp(rfc3339: time.rfc3339) == time)
        #expect(Timestamp(rfc3339: time.rfc3339Micro) == time)
    }
}
