/// Reads protobuf into a ``Value`` whose JSON is what Go would write for it.
struct ProtobufDecoder {
    /// Messages inside of messages.
    static let depthMax = 256

    let bytes: UnsafeRawBufferPointer
    /// The type of an enveloped object inside of a rawExtension.
    let resolve: (GroupVersionKind) -> SchemaType?

    func message(_ range: Range<Int>, _ type: SchemaType, depth: Int = 0) throws(ProtobufError) -> Value {
        guard depth < ProtobufDecoder.depthMax else { throw ProtobufError("protobuf: nested too deeply") }
        var slots = [Value?](repeating: nil, count: type.fields.count)
        try group(range, type.protobufPlan.root, type, &slots, depth)
        switch type.shape {
        case .wrapper: return slots.first.flatMap { $0 } ?? .array([])
        case .union: return ProtobufDecoder.union(slots)
        case .object, .list, .structure, .builtin: return .object(try fields(&slots, type, depth))
        }
    }

    /// What Go's encoder writes: declared fields in order, the unset ones as their tags say.
    private func fields(
        _ slots: inout [Value?], _ type: SchemaType, _ depth: Int
    ) throws(ProtobufError) -> Fields {
        var elements: [Fields.Element] = []
        elements.reserveCapacity(slots.count)
        for index in slots.indices {
            let field = type.fields[index]
            if field.emission == .never { continue }
            if let value = slots[index] {
                if field.presence == .value, field.emission != .always, value.isZeroScalar(field.type) { continue }
                if field.emission == .omitZero, field.presence == .value, value == (try zero(field.type, depth)) {
                    continue
                }
                elements.append(Fields.Element(name: field.name, value: value))
            } else if field.presence != .value {
                if field.emission == .always { elements.append(Fields.Element(name: field.name, value: .null)) }
            } else if field.emission == .always || (field.emission == .omitEmpty && !field.type.isScalar) {
                elements.append(Fields.Element(name: field.name, value: try zero(field.type, depth)))
            }
        }
        return Fields(unsorted: elements)
    }

    private func group(
        _ range: Range<Int>, _ group: ProtobufPlan.Group, _ type: SchemaType, _ slots: inout [Value?], _ depth: Int
    ) throws(ProtobufError) {
        var wire = WireReader(bytes, range)
        while let (number, wireType) = try wire.next() {
            switch group.entry(number) {
            case .field(let index)?:
                let field = type.fields[index]
                try self.field(&wire, wireType, field, &slots[index], depth)
            case .group(let nested)?:
                try wire.expect(.bytes, wireType, type.name)
                try self.group(try wire.range(), nested, type, &slots, depth)
            case nil: try wire.skip(wireType)
            }
        }
    }

    private func field(
        _ wire: inout WireReader, _ wireType: WireType, _ field: SchemaField, _ slot: inout Value?, _ depth: Int
    ) throws(ProtobufError) {
        switch field.type {
        case .list(let element):
            var items = slot?.arrayValue ?? []
            slot = nil
            if wireType == .bytes, element.wireType != .bytes {
                var packed = WireReader(bytes, try wire.range())
                while !packed.isAtEnd { items.append(try single(&packed, element.wireType, element, field, depth)) }
            } else {
                items.append(try single(&wire, wireType, element, field, depth))
            }
            slot = .array(items)
        case .map(let element):
            try wire.expect(.bytes, wireType, field.name)
            var entries = slot?.objectValue ?? Fields()
            slot = nil
            let (key, value) = try entry(try wire.range(), element, field, depth)
            entries[key] = value
            slot = .object(entries)
        case .string, .bool, .int32, .int64, .double, .bytes, .builtin, .type, .any:
            slot = try single(&wire, wireType, field.type, field, depth)
        }
    }

    private func entry(
        _ range: Range<Int>, _ element: FieldType, _ field: SchemaField, _ depth: Int
    ) throws(ProtobufError) -> (String, Value) {
        var key = ""
        var value: Value?
        var wire = WireReader(bytes, range)
        while let (number, wireType) = try wire.next() {
            switch number {
            case 1:
                try wire.expect(.bytes, wireType, field.name)
                key = try wire.string()
            case 2: value = try single(&wire, wireType, element, field, depth)
            default: try wire.skip(wireType)
            }
        }
        if let value { return (key, value) }
        return (key, try zero(element, depth))
    }

    private func single(
        _ wire: inout WireReader, _ wireType: WireType, _ type: FieldType, _ field: SchemaField, _ depth: Int
    ) throws(ProtobufError) -> Value {
        try wire.expect(type.wireType, wireType, field.name)
        switch type {
        case .string: return .string(try wire.string())
        case .bool: return .bool(try wire.varint() != 0)
        case .int32: return .integer(Int64(Int32(truncatingIfNeeded: try wire.varint())))
        case .int64: return .integer(Int64(bitPattern: try wire.varint()))
        case .double:
            let double = Double(bitPattern: try wire.fixed64())
            return Int64(exactly: double).map { .integer($0) } ?? .double(double)
        case .bytes: return .string(Base64.encode(Array(bytes[try wire.range()])))
        case .builtin(let builtin): return try self.builtin(try wire.range(), builtin, field.name, depth)
        case .type(let reference): return try message(try wire.range(), reference.type, depth: depth + 1)
        case .list, .map, .any: throw ProtobufError("field \(field.name) has no form in protobuf")
        }
    }

    /// What an unset field holds.
    private func zero(_ type: FieldType, _ depth: Int) throws(ProtobufError) -> Value {
        switch type {
        case .string, .bytes: .string("")
        case .bool: .bool(false)
        case .int32, .int64, .double: .integer(0)
        case .builtin(let builtin): builtin.zero
        case .type(let reference): try message(0..<0, reference.type, depth: depth + 1)
        case .list, .map, .any: .null
        }
    }

    private static func union(_ slots: [Value?]) -> Value {
        let members = slots.compactMap { $0 }
        if let list = members.first(where: { $0.arrayValue?.isEmpty == false }) { return list }
        return members.first { $0.objectValue != nil } ?? members.first { $0.boolValue != nil } ?? .null
    }
}

// MARK: Forms of their own

extension ProtobufDecoder {
    private func builtin(
        _ range: Range<Int>, _ type: BuiltinType, _ name: String, _ depth: Int
    ) throws(ProtobufError) -> Value {
        var numbers: (Int64, Int64) = (0, 0)
        var content: Range<Int>?
        var wire = WireReader(bytes, range)
        while let (number, wireType) = try wire.next() {
            switch (number, wireType) {
            case (1, .varint): numbers.0 = Int64(bitPattern: try wire.varint())
            case (2, .varint): numbers.1 = Int64(bitPattern: try wire.varint())
            case (1, .bytes), (3, .bytes): content = try wire.range()
            default: try wire.skip(wireType)
            }
        }
        switch type {
        case .time, .microTime:
            if range.isEmpty { return .null }
            let nanoseconds = Int32(clamping: min(max(numbers.1, 0), 999_999_999))
            let time = CalendarTime(seconds: numbers.0, nanoseconds: nanoseconds)
            return time.isZero ? .null : .string(time.text(type == .time ? .seconds : .microseconds))
        case .quantity: return .string(try quantity(content, name))
        case .intOrString: return numbers.0 == 0 ? .integer(numbers.1) : .string(text(content))
        case .duration: return .string(DurationText.text(nanoseconds: numbers.0))
        case .rawExtension, .fieldsV1, .json: return try raw(content, name, depth)
        }
    }

    private func text(_ range: Range<Int>?) -> String {
        range.map { String(decoding: bytes[$0], as: UTF8.self) } ?? ""
    }

    private func quantity(_ range: Range<Int>?, _ name: String) throws(ProtobufError) -> String {
        guard let range else { return "0" }
        do {
            return try Quantity.canonicalText(text(range))
        } catch {
            throw ProtobufError("field \(name): \(error)")
        }
    }

    /// JSON as it is, or an object in its envelope.
    private func raw(_ range: Range<Int>?, _ name: String, _ depth: Int) throws(ProtobufError) -> Value {
        guard let range, !range.isEmpty else { return .null }
        if bytes[range].starts(with: ProtobufCodec.magic) { return try envelope(range, depth: depth + 1) }
        do {
            return try Value(json: UnsafeRawBufferPointer(rebasing: bytes[range]))
        } catch {
            throw ProtobufError("field \(name): \(error)")
        }
    }

    func envelope(_ range: Range<Int>, depth: Int) throws(ProtobufError) -> Value {
        let unknown = try ProtobufEnvelope(bytes, range)
        guard unknown.contentEncoding.isEmpty else {
            throw ProtobufError("protobuf: content encoding \(unknown.contentEncoding) is not known")
        }
        let kind = unknown.kind
        guard let type = resolve(kind) else {
            throw ProtobufError("no kind \"\(kind.kind)\" is registered for version \"\(kind.groupVersion)\"")
        }
        var value = try message(unknown.raw, type, depth: depth)
        // A watch event says neither.
        if !kind.version.isEmpty { value["apiVersion"] = .string(kind.groupVersion.description) }
        if !kind.kind.isEmpty { value["kind"] = .string(kind.kind) }
        return value
    }
}

extension FieldType {
    var wireType: WireType {
        switch self {
        case .bool, .int32, .int64: .varint
        case .double: .fixed64
        case .string, .bytes, .builtin, .type, .list, .map, .any: .bytes
        }
    }

    /// Whether omitempty leaves out its zero.
    var isScalar: Bool {
        switch self {
        case .string, .bool, .int32, .int64, .double, .bytes: true
        case .builtin, .type, .list, .map, .any: false
        }
    }
}

extension BuiltinType {
    /// The JSON of the zero value in Go.
    var zero: Value {
        switch self {
        case .time, .microTime, .rawExtension, .fieldsV1, .json: .null
        case .quantity: "0"
        case .intOrString: 0
        case .duration: "0s"
        }
    }
}

extension Value {
    func isZeroScalar(_ type: FieldType) -> Bool {
        guard type.isScalar else { return false }
        return switch self {
        case .string(let text): text.isEmpty
        case .bool(let isTrue): !isTrue
        case .integer(let number): number == 0
        case .double(let number): number == 0
        case .null: true
        case .array, .object: false
        }
    }
}
