import KubeAPIServer
import Testing

@Suite("AnswerBody")
struct AnswerBodyTests {
    private static let items = (0..<40).map { Array(#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"\#($0)"}}"#.utf8) }
    private static let bodies: [AnswerBody] = [
        .pieces([]), .pieces([[]]), .pieces([[1, 2, 3], [], [4]]),
        .list(ListText(head: Array("{".utf8), items: items, leavingOut: Array(#"{"apiVersion":"v1","kind":"Pod","#.utf8))),
        .list(ListText(head: Array("{".utf8), items: items)),
    ]

    @Test("reading in parts gives the whole, however small they are", arguments: [1, 2, 3, 7, 64, 100_000])
    func parts(_ size: Int) {
        for body in Self.bodies {
            var reader = body.reader()
            var bytes: [UInt8] = []
            while true {
                let part = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
                    count = reader.read(into: UnsafeMutableRawBufferPointer(buffer))
                }
                if part.isEmpty { break }
                bytes += part
            }
            #expect(bytes == body.whole)
            #expect(bytes.count == body.length)
        }
    }
}
