import Testing
import TimeZones

@Suite("TimeZone")
struct TimeZoneTests {
    /// A file as small as it may be: no listed change, one type, and the rule for all time.
    private static func file(rule: String, standardOffset: Int32 = 0) -> [UInt8] {
        func number(_ value: Int32) -> [UInt8] {
            withUnsafeBytes(of: value.bigEndian) { Array($0) }
        }
        let header = Array("TZif2".utf8) + [UInt8](repeating: 0, count: 15)
        // Counts: UT, standard, leap, times, types, characters.
        let block = header + [0, 0, 0, 0, 1, 1].flatMap(number) + number(standardOffset) + [0, 0] + [0]
        return block + block + Array("\n\(rule)\n".utf8)
    }

    private static let january: Int64 = 1_767_225_600
    private static let july: Int64 = 1_782_864_000

    @Test(
        "a rule says when summer is, north and south of the equator and in Ireland",
        arguments: [
            ("UTC0", 0, 0), ("<+0530>-5:30", 19800, 19800), ("CET-1CEST,M3.5.0,M10.5.0/3", 3600, 7200),
            ("EST5EDT,M3.2.0,M11.1.0", -18000, -14400), ("AEST-10AEDT,M10.1.0,M4.1.0/3", 39600, 36000),
            ("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", 39600, 37800), ("IST-1GMT0,M10.5.0,M3.5.0/1", 0, 3600),
            ("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", -7200, -3600),
        ])
    func rules(rule: String, winter: Int64, summer: Int64) throws {
        let zone = try #require(TimeZone(Self.file(rule: rule)))
        #expect(zone.offset(at: Self.january) == winter)
        #expect(zone.offset(at: Self.july) == summer)
    }

    @Test("the clocks change at the second")
    func change() throws {
        let zone = try #require(TimeZone(Self.file(rule: "CET-1CEST,M3.5.0,M10.5.0/3")))
        // 2026-03-29T01:00:00Z and 2026-10-25T01:00:00Z.
        for (time, before, after) in [(Int64(1_774_746_000), Int64(3600), Int64(7200)), (1_792_890_000, 7200, 3600)] {
            #expect(zone.offset(at: time - 1) == before)
            #expect(zone.offset(at: time) == after)
        }
    }

    @Test(
        "the system's zones are known by name, from the past to the far future",
        arguments: [
            ("America/Sao_Paulo", 1_540_000_000, -10800), ("America/Sao_Paulo", 1_542_000_000, -7200),
            ("America/Sao_Paulo", 1_800_000_000, -10800), ("Europe/Berlin", 33_000_000_000, 7200),
            ("Asia/Kolkata", 1_800_000_000, 19800), ("Etc/GMT+5", 1_800_000_000, -18000), ("UTC", 1_800_000_000, 0),
        ])
    func names(name: String, time: Int64, offset: Int64) throws {
        let zone = try #require(TimeZone.named(name))
        #expect(zone.offset(at: time) == offset)
    }

    @Test(
        "what is no zone is none",
        arguments: ["", "Nowhere/Land", "America", "/etc/passwd", "../zoneinfo/UTC", "Europe/", "tzdata.zi"])
    func unknown(name: String) {
        #expect(TimeZone.named(name) == nil)
    }

    @Test("a broken file is no zone, and does no harm")
    func broken() {
        let whole = Self.file(rule: "CET-1CEST,M3.5.0,M10.5.0/3")
        for length in 0..<whole.count - 30 { #expect(TimeZone(Array(whole.prefix(length))) == nil) }
        for (index, byte) in (20..<44).flatMap({ index in [0x7F, 0xFF].map { (index, UInt8($0)) } }) {
            var bytes = whole
            bytes[index] = byte
            // Whatever it is taken for, asking it ends.
            _ = TimeZone(bytes)?.offset(at: Self.july)
        }
    }
}
