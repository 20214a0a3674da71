package import Determinism
internal import Synchronization

/// Names for requests, one of its own for each. They look like UUIDs, and are no secret: chance decides where the row
/// begins, and each follows from its number (SplitMix64). Every request gets one, and asking the kernel takes longer.
package final class AuditIDs: Sendable {
    private static let hex = Array("0123456789abcdef".utf8)
    private let number: Atomic<UInt64>
    private let salt: UInt64

    package init(random: any RandomSource) {
        number = Atomic(random.next())
        salt = random.next()
    }

    package func next() -> String {
        let seed = number.wrappingAdd(0x9e37_79b9_7f4a_7c15, ordering: .relaxed).newValue
        let high = Self.mixed(seed) & ~0xf000 | 0x4000
        let low = Self.mixed(seed ^ salt) & ~(0xc0 << 56) | 0x80 << 56
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

    private static func mixed(_ number: UInt64) -> UInt64 {
        var mixed = number
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
