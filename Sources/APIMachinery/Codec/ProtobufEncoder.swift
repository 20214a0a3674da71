/// Writes a ``Value`` as protobuf, last field first.
///
/// Takes normalised values (``SchemaWalk``): what has the wrong kind is an error, not a guess.
struct ProtobufEncoder: ~Copyable {
    var out = BackwardBytes()

    /// The fields of a message, without tag and length. Nothing counts as an empty object.
    mutating func message(_ value: Value?, _ type: SchemaType) throws(ProtobufError) {
        switch type.shape {
        case .wrapper: try wrapper(value, type)
        case .union: try union(value, type)
        case .object, .list, .structure, .builtin:
            switch value {
            case nil, .null: try group(nil, type.protobufPlan.root, type)
            case .object(let fields): try group(fields, type.protobufPlan.root, type)
            case let other?: throw mismatch("object", other, type.name)
            }
        }
    }

    private mutating func group(
        _ fields: Fields?, _ group: ProtobufPlan.Group, _ type: SchemaType
    ) throws(ProtobufError) {
        for (number, entry) in group.entries.reversed() {
            switch entry {
            case .field(let index):
                let field = type.fields[index]
                try self.field(fields?[field.name], field)
            case .group(let nested):
                let mark = out.count
                try self.group(fields, nested, type)
                out.close(number, since: mark)
            }
        }
    }

    private mutating func field(_ value: Value?, _ field: SchemaField) throws(ProtobufError) {
        switch field.presence {
        case .value: try single(value, field.type, field.number, field.name)
        case .pointer:
            guard let value, !value.isNull else { return }
            try single(value, field.type, field.number, field.name)
        case .list:
            guard let value, !value.isNull else { return }
            guard case .array(let elements) = value, case .list(let element) = field.type else {
                throw mismatch("array", value, field.name)
            }
            for item in elements.reversed() { try single(item, element, field.number, field.name) }
        case .map:
            guard let value, !value.isNull else { return }
            guard case .object(let entries) = value, case .map(let element) = field.type else {
                throw mismatch("object", value, field.name)
            }
            for entry in entries.elements.reversed() {
                let mark = out.count
                if case .bytes = element, entry.value.isNull {
                    // Go tells no bytes from empty ones, and leaves the former out.
                } else {
                    try single(entry.value, element, 2, entry.name)
                }
                string(entry.name, 1)
                out.close(field.number, since: mark)
            }
        }
    }

    private mutating func single(
        _ value: Value?, _ type: FieldType, _ number: Int, _ name: String
    ) throws(ProtobufError) {
        switch type {
        case .string:
            switch value {
            case nil, .null: string("", number)
            case .string(let text): string(text, number)
            case let other?: throw mismatch("string", other, name)
            }
        case .bool:
            switch value {
            case nil, .null: out.prepend(varint: 0)
            case .bool(let isTrue): out.prepend(varint: isTrue ? 1 : 0)
            case let other?: throw mismatch("bool", other, name)
            }
            out.prepend(tag: number, .varint)
        case .int32, .int64:
            integer(try ProtobufEncoder.number(value, name), number)
        case .double:
            let value = value ?? .null
            guard let double = value.isNull ? 0 : value.doubleValue else { throw mismatch("number", value, name) }
            out.prepend(fixed64: double.bitPattern)
            out.prepend(tag: number, .fixed64)
        case .bytes: try bytes(value, number, name)
        case .builtin(let builtin):
            let mark = out.count
            try self.builtin(value ?? .null, builtin, name)
            out.close(number, since: mark)
        case .type(let reference):
            let mark = out.count
            try message(value, reference.type)
            out.close(number, since: mark)
        case .list, .map, .any: throw ProtobufError("field \(name) has no form in protobuf")
        }
    }

    private mutating func string(_ text: String, _ number: Int) {
        let mark = out.count
        out.prepend(text)
        out.close(number, since: mark)
    }

    private mutating func integer(_ value: Int64, _ number: Int) {
        out.prepend(varint: UInt64(bitPattern: value))
        out.prepend(tag: number, .varint)
    }

    private mutating func bytes(_ value: Value?, _ number: Int, _ name: String) throws(ProtobufError) {
        let mark = out.count
        switch value {
        case nil, .null: break
        case .string(let text):
            guard let decoded = Base64.decode(Array(text.utf8)) else {
                throw ProtobufError("field \(name): not base64")
            }
            out.prepend(decoded)
        case let other?: throw mismatch("string", other, name)
        }
        out.close(number, since: mark)
    }

    private static func number(_ value: Value?, _ name: String) throws(ProtobufError) -> Int64 {
        guard let value, !value.isNull else { return 0 }
        guard let number = value.integerValue else {
            throw ProtobufError("field \(name): expected whole number, found \(value.kindName)")
        }
        return number
    }

    private func mismatch(_ expected: String, _ found: Value, _ name: String) -> ProtobufError {
        ProtobufError("field \(name): expected \(expected), found \(found.kindName)")
    }
}

// MARK: Forms of their own

extension ProtobufEncoder {
    private mutating func wrapper(_ value: Value?, _ type: SchemaType) throws(ProtobufError) {
        guard let field = type.fields.first, case .list(let element) = field.type else {
            throw ProtobufError("type \(type.name) wraps no list")
        }
        for item in (value?.arrayValue ?? []).reversed() { try single(item, element, field.number, type.name) }
    }

    /// JSON's array goes to the member that is a list, its object to the one that is a message; a member that
    /// is a boolean is always written, and is true beside an object.
    private mutating func union(_ value: Value?, _ type: SchemaType) throws(ProtobufError) {
        for field in type.fields.sorted(by: { $0.number > $1.number }) {
            switch (field.type, value) {
            case (.list(let element), .array(let items)?):
                for item in items.reversed() { try single(item, element, field.number, type.name) }
            case (.type, .object(let fields)?): try single(.object(fields), field.type, field.number, type.name)
            case (.bool, let value):
                let isTrue = value?.boolValue ?? (value?.objectValue != nil)
                try single(.bool(isTrue), .bool, field.number, type.name)
            default: break
            }
        }
    }

    private mutating func builtin(_ value: Value, _ type: BuiltinType, _ name: String) throws(ProtobufError) {
        switch type {
        case .time: try time(value, .seconds, name)
        case .microTime: try time(value, .microseconds, name)
        case .quantity: string(try ProtobufEncoder.quantity(value, name), 1)
        case .intOrString:
            if case .string(let text) = value {
                string(text, 3)
                integer(0, 2)
                integer(1, 1)
            } else {
                string("", 3)
                integer(try ProtobufEncoder.number(value, name), 2)
                integer(0, 1)
            }
        case .duration:
            do {
                integer(try value.stringValue.map { try DurationText.parse($0) } ?? 0, 1)
            } catch {
                throw ProtobufError("field \(name): \(error)")
            }
        case .rawExtension, .fieldsV1, .json:
            if value.isNull { return }
            let mark = out.count
            out.prepend(value.json)
            out.close(1, since: mark)
        }
    }

    private mutating func time(
        _ value: Value, _ precision: CalendarTime.Precision, _ name: String
    ) throws(ProtobufError) {
        guard let text = value.stringValue else {
            if value.isNull { return }
            throw mismatch("string", value, name)
        }
        let time: CalendarTime
        do {
            time = try CalendarTime(parsing: text, precision)
        } catch {
            throw ProtobufError("field \(name): \(error)")
        }
        if time.isZero { return }
        integer(precision == .seconds ? 0 : Int64(time.nanoseconds / 1000 * 1000), 2)
        integer(time.seconds, 1)
    }

    private static func quantity(_ value: Value, _ name: String) throws(ProtobufError) -> String {
        do {
            return switch value {
            case .null: "0"
            case .string(let text): try Quantity.canonicalText(text)
            default: try Quantity.canonicalText(String(decoding: value.json, as: UTF8.self))
            }
        } catch {
            throw ProtobufError("field \(name): \(error)")
        }
    }
}
