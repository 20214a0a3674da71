/// Bytes written from the end towards the beginning.
///
/// Protobuf puts the length of a nested message before it. Written backwards, the length is known by then,
/// and one pass is enough.
struct BackwardBytes: ~Copyable {
    private var base: UnsafeMutablePointer<UInt8>
    private var capacity: Int
    /// Where the first byte written so far lies.
    private var start: Int

    init(capacity: Int = 4096) {
        base = .allocate(capacity: capacity)
        self.capacity = capacity
        start = capacity
    }

    deinit { base.deallocate() }

    var count: Int { capacity - start }

    var bytes: [UInt8] { Array(UnsafeBufferPointer(start: base + start, count: count)) }

    mutating func prepend(varint value: UInt64) {
        if value < 0x80 {
            grow(by: 1)
            base[start] = UInt8(truncatingIfNeeded: value)
            return
        }
        let length = (70 - value.leadingZeroBitCount) / 7
        grow(by: length)
        var rest = value
        for index in start..<start + length - 1 {
            base[index] = UInt8(truncatingIfNeeded: rest) | 0x80
            rest >>= 7
        }
        base[start + length - 1] = UInt8(truncatingIfNeeded: rest)
    }

    mutating func prepend(fixed64 value: UInt64) {
        grow(by: 8)
        for index in 0..<8 { base[start + index] = UInt8(truncatingIfNeeded: value >> UInt64(8 * index)) }
    }

    mutating func prepend(_ text: String) {
        var text = text
        text.withUTF8 { prepend($0) }
    }

    mutating func prepend(_ bytes: [UInt8]) { bytes.withUnsafeBufferPointer { prepend($0) } }

    mutating func prepend(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard let source = bytes.baseAddress else { return }
        grow(by: bytes.count)
        (base + start).update(from: source, count: bytes.count)
    }

    /// Prepends a tag and, for what was written since `mark`, its length.
    mutating func close(_ number: Int, since mark: Int) {
        prepend(varint: UInt64(count - mark))
        prepend(tag: number, .bytes)
    }

    mutating func prepend(tag number: Int, _ type: WireType) {
        prepend(varint: UInt64(number) << 3 | type.rawValue)
    }

    private mutating func grow(by length: Int) {
        if start < length {
            let capacity = max(self.capacity * 2, count + length)
            let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
            (larger + capacity - count).update(from: base + start, count: count)
            base.deallocate()
            start = capacity - count
            base = larger
            self.capacity = capacity
        }
        start -= length
    }
}
