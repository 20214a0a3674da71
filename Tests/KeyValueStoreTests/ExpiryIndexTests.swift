import Determinism
import KeyValueStore
import Testing

@Suite("ExpiryIndex")
struct ExpiryIndexTests {
    @Test(
        "takes out what is due, earliest first, whatever happened to the deadlines",
        arguments: 1...20 as ClosedRange<UInt64>)
    func agreesWithATable(_ seed: UInt64) {
        let random = SeededRandomSource(seed: seed)
        var index = ExpiryIndex()
        var table: [KeyBytes: Duration] = [:]
        for _ in 0..<3_000 {
            let key = KeyBytes("k\(random.below(200))")
            let deadline: Duration? = random.below(4) == 0 ? nil : .milliseconds(random.below(100_000))
            index[key] = deadline
            table[key] = deadline
            #expect(index.next == table.values.min())
        }
        let now = Duration.seconds(50)
        let due = index.takeDue(at: now, limit: .max)
        #expect(due.map { table[$0] } == table.values.filter { $0 <= now }.sorted())
        #expect(index.next == table.values.filter { $0 > now }.min())
    }
}

@Suite("KeyBytes")
struct KeyBytesTests {
    @Test("the end of a prefix is the first key that no longer has it", arguments: [
        ("a", [0x62] as [UInt8]?), ("/pods/", Array("/pods0".utf8)), ("", nil),
    ])
    func endsPrefixes(_ prefix: String, _ end: [UInt8]?) {
        #expect(KeyBytes(prefix).endOfPrefix?.bytes == end)
    }

    @Test("order is by bytes")
    func ordersByBytes() {
        #expect(KeyBytes("e\u{301}") < KeyBytes("\u{e9}"))
        #expect(KeyBytes("e\u{301}") != KeyBytes("\u{e9}"))
        #expect(KeyBytes("") < KeyBytes("a") && KeyBytes("a") < KeyBytes("aa") && !(KeyBytes("a") < KeyBytes("a")))
        #expect(KeyBytes(bytes: [0x61, 0xff]).endOfPrefix == KeyBytes("b"))
    }
}
