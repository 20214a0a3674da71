/// The upper three bits of an item's first byte.
enum CBORKind: UInt8 {
    case unsigned
    case negative
    case bytes
    case text
    case array
    case map
    case tag
    /// Booleans, null and floating-point numbers.
    case primitive

    init(_ byte: UInt8) { self = Self.all[Int(byte >> 5)] }

    private static let all: [CBORKind] = [.unsigned, .negative, .bytes, .text, .array, .map, .tag, .primitive]

    /// As Go's package calls it.
    var name: String {
        switch self {
        case .unsigned: "positive integer"
        case .negative: "negative integer"
        case .bytes: "byte string"
        case .text: "UTF-8 text string"
        case .array: "array"
        case .map: "map"
        case .tag: "tag"
        case .primitive: "primitives"
        }
    }
}

/// What an item begins with: its kind and a number, which is a length, a count, a tag or the value itself.
struct CBORHead {
    /// The number of an item that is ended by a break instead of having a length.
    static let indefinite: UInt8 = 31
    static let breakByte: UInt8 = 0xff

    let kind: CBORKind
    /// The lower five bits of the first byte: the number, or how many bytes it has.
    let info: UInt8
    let number: UInt64

    var isIndefinite: Bool { info == Self.indefinite }

    /// What a primitive of two, four or eight bytes is; `nil` for any other.
    var float: Double? {
        guard kind == .primitive else { return nil }
        switch info {
        case 25: return Double(Float16(bitPattern: UInt16(truncatingIfNeeded: number)))
        case 26: return Double(Float(bitPattern: UInt32(truncatingIfNeeded: number)))
        case 27: return Double(bitPattern: number)
        case _: return nil
        }
    }
}

/// Goes over bytes head by head.
struct CBORCursor {
    let bytes: [UInt8]
    private(set) var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var left: Int { bytes.count - position }
    /// The next byte, left where it is.
    var next: UInt8? { position < bytes.count ? bytes[position] : nil }
    /// The kind of the next item, if there is one.
    var nextKind: CBORKind? { next.map(CBORKind.init) }

    static let unexpectedEnd = CBORError(.unexpectedEnd, "unexpected EOF")

    mutating func head() throws(CBORError) -> CBORHead {
        guard let first = next else { throw Self.unexpectedEnd }
        position += 1
        let kind = CBORKind(first)
        let info = first & 0x1f
        switch info {
        case 0...23: return CBORHead(kind: kind, info: info, number: UInt64(info))
        case 24...27: return CBORHead(kind: kind, info: info, number: try number(of: 1 << (info - 24)))
        case CBORHead.indefinite where [.bytes, .text, .array, .map].contains(kind):
            return CBORHead(kind: kind, info: info, number: 0)
        case CBORHead.indefinite where kind == .primitive:
            throw CBORError(.malformed, "cbor: unexpected \"break\" code")
        case _:
            throw CBORError(.malformed, "cbor: invalid additional information \(info) for type \(kind.name)")
        }
    }

    private mutating func number(of length: Int) throws(CBORError) -> UInt64 {
        var number: UInt64 = 0
        for byte in try take(length) { number = number << 8 | UInt64(byte) }
        return number
    }

    mutating func take(_ length: Int) throws(CBORError) -> ArraySlice<UInt8> {
        guard length <= left else { throw Self.unexpectedEnd }
        position += length
        return bytes[position - length..<position]
    }

    /// Goes past the end of an item without length, if that is what comes next.
    mutating func takeBreak() -> Bool {
        guard next == CBORHead.breakByte else { return false }
        position += 1
        return true
    }
}
