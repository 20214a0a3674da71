/// Reads scalars from bytes that are known to be UTF-8.
enum UTF8Cursor {
    /// The scalar at a position and how many bytes it has.
    @inline(__always)
    static func decode(_ bytes: UnsafeBufferPointer<UInt8>, at position: Int) -> (scalar: UInt32, width: Int) {
        let first = UInt32(bytes[position])
        if first < 0x80 { return (first, 1) }
        func next(_ offset: Int) -> UInt32 {
            position + offset < bytes.count ? UInt32(bytes[position + offset]) & 0x3F : 0
        }
        if first < 0xE0 { return ((first & 0x1F) << 6 | next(1), 2) }
        if first < 0xF0 { return ((first & 0x0F) << 12 | next(1) << 6 | next(2), 3) }
        return ((first & 0x07) << 18 | next(1) << 12 | next(2) << 6 | next(3), 4)
    }

    /// How many bytes the scalar at a position has; one at the end, to step over it.
    static func width(in bytes: UnsafeBufferPointer<UInt8>, at position: Int) -> Int {
        position < bytes.count ? decode(bytes, at: position).width : 1
    }
}
