internal import APIMachinery

/// Writes the deterministic encoding of RFC 8949, section 4.2.1: equal values have equal bytes.
///
/// Text goes out as byte strings, as upstream has it, whose readers then need not check it.
struct CBORWriter {
    private(set) var bytes: [UInt8] = []

    mutating func selfDescribe() { bytes += CBORCodec.selfDescribed }

    mutating func write(_ value: Value, _ type: FieldType) {
        switch value {
        case .null: bytes.append(0xf6)
        case .bool(let flag): bytes.append(flag ? 0xf5 : 0xf4)
        case .integer(let number) where number < 0: head(.negative, UInt64(~number))
        case .integer(let number): head(.unsigned, UInt64(number))
        case .double(let number): double(number)
        case .string(let text):
            if case .bytes = type, let raw = Base64.decode(Array(text.utf8)) {
                head(.tag, CBORTag.base64)
                head(.bytes, UInt64(raw.count))
                bytes += raw
            } else {
                string(text)
            }
        case .array(let items):
            head(.array, UInt64(items.count))
            let itemType = type.item
            for item in items { write(item, itemType) }
        case .object(let fields): object(fields, type)
        }
    }

    mutating func map(count: Int) { head(.map, UInt64(count)) }

    mutating func string(_ text: String) {
        head(.bytes, UInt64(text.utf8.count))
        bytes += text.utf8
    }

    /// Keys in the order of their encodings: shorter ones first.
    private mutating func object(_ fields: Fields, _ type: FieldType) {
        map(count: fields.count)
        let sorted = fields.elements.sorted { one, other in
            let lengths = (one.name.utf8.count, other.name.utf8.count)
            return lengths.0 == lengths.1 ? one.name < other.name : lengths.0 < lengths.1
        }
        for element in sorted {
            string(element.name)
            write(element.value, type.field(element.name))
        }
    }

    /// In as few bytes as keep the number.
    private mutating func double(_ number: Double) {
        if let half = Float16(exactly: number) {
            bytes.append(0xf9)
            append(half.bitPattern)
        } else if let single = Float(exactly: number) {
            bytes.append(0xfa)
            append(single.bitPattern)
        } else {
            bytes.append(0xfb)
            append(number.bitPattern)
        }
    }

    private mutating func head(_ kind: CBORKind, _ number: UInt64) {
        let first = kind.rawValue << 5
        switch number {
        case 0...23: bytes.append(first | UInt8(number))
        case 24...0xff:
            bytes.append(first | 24)
            bytes.append(UInt8(number))
        case 0x100...0xffff:
            bytes.append(first | 25)
            append(UInt16(number))
        case 0x1_0000...0xffff_ffff:
            bytes.append(first | 26)
            append(UInt32(number))
        case _:
            bytes.append(first | 27)
            append(number)
        }
    }

    private mutating func append(_ number: some FixedWidthInteger) {
        withUnsafeBytes(of: number.bigEndian) { bytes += $0 }
    }
}

extension FieldType {
    /// What the items of a list are.
    fileprivate var item: FieldType {
        switch self {
        case .list(let item): item
        case .type(let reference) where reference.type.shape == .wrapper:
            reference.type.fields.first.map(\.type.item) ?? .any
        case _: .any
        }
    }

    /// What a field of an object is.
    fileprivate func field(_ name: String) -> FieldType {
        switch self {
        case .type(let reference): reference.type.field(name)?.type ?? .any
        case .map(let value): value
        case _: .any
        }
    }
}
