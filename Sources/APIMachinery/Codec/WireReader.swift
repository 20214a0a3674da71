/// Reads the fields of one protobuf message.
struct WireReader {
    private let bytes: UnsafeRawBufferPointer
    private var position: Int
    private let end: Int

    init(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) {
        self.bytes = bytes
        position = range.lowerBound
        end = range.upperBound
    }

    var isAtEnd: Bool { position == end }

    /// The next field's number and kind; `nil` at the end.
    mutating func next() throws(ProtobufError) -> (Int, WireType)? {
        if position == end { return nil }
        let tag = try varint()
        guard let type = WireType(rawValue: tag & 7), tag >> 3 > 0, tag >> 3 < 1 << 29 else {
            throw ProtobufError("proto: illegal tag \(tag >> 3) (wire type \(tag & 7))")
        }
        return (Int(tag >> 3), type)
    }

    mutating func varint() throws(ProtobufError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while position < end, shift < 64 {
            let byte = bytes[position]
            position += 1
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        throw shift < 64 ? WireReader.unexpectedEnd : ProtobufError("proto: integer overflow")
    }

    mutating func fixed64() throws(ProtobufError) -> UInt64 {
        guard end - position >= 8 else { throw WireReader.unexpectedEnd }
        defer { position += 8 }
        return UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self))
    }

    /// Where the bytes of a length-delimited field lie.
    mutating func range() throws(ProtobufError) -> Range<Int> {
        let length = try varint()
        guard length <= UInt64(end - position) else { throw WireReader.unexpectedEnd }
        defer { position += Int(length) }
        return position..<position + Int(length)
    }

    mutating func string() throws(ProtobufError) -> String {
        String(decoding: bytes[try range()], as: UTF8.self)
    }

    mutating func skip(_ type: WireType) throws(ProtobufError) {
        switch type {
        case .varint: _ = try varint()
        case .fixed64: _ = try fixed64()
        case .bytes: _ = try range()
        case .fixed32:
            guard end - position >= 4 else { throw WireReader.unexpectedEnd }
            position += 4
        }
    }

    func expect(_ expected: WireType, _ found: WireType, _ field: String) throws(ProtobufError) {
        guard expected == found else {
            throw ProtobufError("proto: wrong wireType = \(found.rawValue) for field \(field)")
        }
    }

    private static let unexpectedEnd = ProtobufError("unexpected EOF")
}
