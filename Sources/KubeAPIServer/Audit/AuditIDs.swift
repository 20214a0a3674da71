package import Determinism

/// Names for requests, one of its own for each. They look like UUIDs, and are no secret.
package final class AuditIDs: Sendable {
    private static let hex = Array("0123456789abcdef".utf8)
    private let numbers: QuickRandom

    package init(random: any RandomSource) { numbers = QuickRandom(random) }

    package func next() -> String {
        let high = numbers.next() & ~0xf000 | 0x4000
        let low = numbers.next() & ~(0xc0 << 56) | 0x80 << 56
        return String(unsafeUninitializedCapacity: 36) { text in
            var place = 0
            for digit in 0..<32 {
                if digit == 8 || digit == 12 || digit == 16 || digit == 20 {
                    text[place] = UInt8(ascii: "-")
                    place += 1
                }
                let half = digit < 16 ? high : low
                text[place] = Self.hex[Int(half >> UInt64(60 - digit % 16 * 4) & 15)]
                place += 1
            }
            return place
        }
    }
}
