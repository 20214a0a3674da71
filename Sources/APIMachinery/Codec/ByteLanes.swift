/// Questions to eight bytes at once (see "Bit Twiddling Hacks", S. E. Anderson).
enum ByteLanes {
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let tops: UInt64 = 0x8080_8080_8080_8080

    /// Whether a byte is below 0x20; bytes above 0x7f do not count.
    @inline(__always)
    static func hasControl(_ word: UInt64) -> Bool { (word &- ones &* 0x20) & ~word & tops != 0 }

    @inline(__always)
    static func has(_ byte: UInt8, in word: UInt64) -> Bool {
        let difference = word ^ (ones &* UInt64(byte))
        return (difference &- ones) & ~difference & tops != 0
    }

    /// Whether JSON text in the style of Go must escape a byte, or must look closer because it is not ASCII.
    @inline(__always)
    static func needsCare(_ word: UInt64) -> Bool {
        // 0x3c and 0x3e differ in bit 1, 0x22 and 0x26 in bit 2.
        word & tops != 0 || hasControl(word) || has(0x5c, in: word) || has(0x3e, in: word | ones &* 0x02)
            || has(0x26, in: word | ones &* 0x04)
    }
}
