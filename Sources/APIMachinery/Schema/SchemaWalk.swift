/// Makes of a decoded ``Value`` what Go's API server makes of the same JSON by reading it into its structs and
/// writing it again: the canonical form that is stored, compared and sent.
///
/// - Fields that the schema does not know are dropped and reported.
/// - `null` counts as absent. What is unset and `omitempty` is dropped; what is always written is added:
///   `status: {}`, `containers: null`.
/// - Times, quantities, durations and base64 get their canonical text.
/// - A value of the wrong kind is an error, worded like Go's decoder.
package enum SchemaWalk {
    /// As many unknown fields are reported, no more.
    package static let unknownMax = 100

    /// Returns the paths of unknown fields: `spec.containers[0].foo`.
    ///
    /// - base: a value in canonical form that this one was made from; what is still the same is not looked at.
    package static func normalize(
        _ value: inout Value, from base: Value = .null, as type: SchemaType
    ) throws(SchemaError) -> [String] {
        var walker = SchemaWalker()
        try walker.message(&value, type, base)
        return walker.unknown
    }

    /// Upstream's words for a field that strict decoding refuses and lenient decoding warns of.
    package static func unknownFieldMessage(_ path: String) -> String { "unknown field \"\(path)\"" }
}

/// Why a value does not fit its schema, in the words of Go's decoder.
package struct SchemaError: Error, Sendable, Equatable, CustomStringConvertible {
    package let message: String
    /// The names of the fields from the root: `spec.containers`.
    package let path: String

    package var description: String { message }
}

private struct SchemaWalker {
    private enum Step {
        case field(String)
        case key(String)
        case index(Int)
    }

    private var path: [Step] = []
    /// The innermost struct, as Go's errors name it.
    private var structure: SchemaType?
    private(set) var unknown: [String] = []

    mutating func message(_ value: inout Value, _ type: SchemaType, _ base: Value = .null) throws(SchemaError) {
        switch type.shape {
        case .wrapper:
            if value.isNull { return }
            guard let field = type.fields.first else { return }
            try list(&value, field.type)
        case .union: try union(&value, type)
        case .object, .list, .structure, .builtin:
            if value.isNull { value = .emptyObject }
            guard case .object(var fields) = value else { throw mismatch(value, type.goName) }
            value = .null
            var elements = fields.takeElements()
            let outer = structure
            structure = type
            try self.fields(&elements, type, base)
            structure = outer
            value = .object(Fields(sorted: elements))
        }
    }

    /// Goes through values and schema side by side, both sorted by name; keeps what stays at the front.
    private mutating func fields(
        _ elements: inout [Fields.Element], _ type: SchemaType, _ base: Value
    ) throws(SchemaError) {
        var kept = 0
        var missing: [Fields.Element] = []
        var next = 0
        for index in elements.indices {
            while next < type.fields.count, type.fields[next].name < elements[index].name {
                try add(type.fields[next], to: &missing)
                next += 1
            }
            if next < type.fields.count, type.fields[next].name == elements[index].name,
                type.fields[next].emission != .never
            {
                let field = type.fields[next]
                next += 1
                path.append(.field(field.name))
                let stays = try self.field(&elements[index].value, field, base[field.name])
                path.removeLast()
                guard stays else { continue }
            } else if !type.preservesUnknownFields {
                report(elements[index].name)
                continue
            }
            if kept != index { elements.swapAt(kept, index) }
            kept += 1
        }
        while next < type.fields.count {
            try add(type.fields[next], to: &missing)
            next += 1
        }
        elements.removeSubrange(kept...)
        if !missing.isEmpty { elements = SchemaWalker.merge(elements, missing) }
    }

    /// What Go writes for a field that is not there.
    private mutating func add(_ field: SchemaField, to missing: inout [Fields.Element]) throws(SchemaError) {
        switch (field.presence, field.emission) {
        case (_, .never), (_, .omitZero): return
        case (.pointer, .omitEmpty), (.list, .omitEmpty), (.map, .omitEmpty): return
        case (.value, .omitEmpty) where field.type.isScalar: return
        case (.pointer, .always), (.list, .always), (.map, .always):
            missing.append(Fields.Element(name: field.name, value: .null))
        case (.value, .always), (.value, .omitEmpty):
            missing.append(Fields.Element(name: field.name, value: try zero(field.type)))
        }
    }

    /// Normalises one field; `false` when Go would not write it.
    private mutating func field(
        _ value: inout Value, _ field: SchemaField, _ base: Value?
    ) throws(SchemaError) -> Bool {
        if let base, value == base { return true }
        if value.isNull {
            guard field.presence == .value else { return field.emission == .always }
            value = try zero(field.type)
        } else {
            try single(&value, field.type, base ?? .null)
        }
        if field.emission == .always { return true }
        switch field.presence {
        case .pointer: return true
        case .list: return value.arrayValue?.isEmpty == false
        case .map: return value.objectValue?.isEmpty == false
        case .value:
            if field.emission == .omitZero { return try value != zero(field.type) }
            return !value.isZeroScalar(field.type)
        }
    }

    private mutating func zero(_ type: FieldType) throws(SchemaError) -> Value {
        switch type {
        case .string: return .string("")
        case .bool: return .bool(false)
        case .int32, .int64, .double: return .integer(0)
        case .builtin(let builtin): return builtin.zero
        case .type(let reference):
            var value = Value.null
            try message(&value, reference.type)
            return value
        case .bytes, .list, .map, .any: return .null
        }
    }

    private mutating func single(
        _ value: inout Value, _ type: FieldType, _ base: Value = .null
    ) throws(SchemaError) {
        switch type {
        case .string: guard case .string = value else { throw mismatch(value, "string") }
        case .bool: guard case .bool = value else { throw mismatch(value, "bool") }
        case .int32: try integer(value, Int64(Int32.min)...Int64(Int32.max), "int32")
        case .int64: try integer(value, Int64.min...Int64.max, "int64")
        case .double: guard value.doubleValue != nil else { throw mismatch(value, "float64") }
        case .bytes: try bytes(&value)
        case .builtin(let builtin): try self.builtin(&value, builtin)
        case .type(let reference): try message(&value, reference.type, base)
        case .list: try list(&value, type)
        case .map(let element): try map(&value, element)
        case .any: break
        }
    }

    private mutating func list(_ value: inout Value, _ type: FieldType) throws(SchemaError) {
        guard case .list(let element) = type, case .array(var items) = value else { throw mismatch(value, type.goName) }
        value = .null
        for index in items.indices {
            path.append(.index(index))
            if items[index].isNull { items[index] = try zero(element) } else { try single(&items[index], element) }
            path.removeLast()
        }
        value = .array(items)
    }

    private mutating func map(_ value: inout Value, _ element: FieldType) throws(SchemaError) {
        guard case .object(var fields) = value else { throw mismatch(value, "map[string]\(element.goName)") }
        value = .null
        var elements = fields.takeElements()
        for index in elements.indices {
            path.append(.key(elements[index].name))
            if elements[index].value.isNull {
                elements[index].value = try zero(element)
            } else {
                try single(&elements[index].value, element)
            }
            path.removeLast()
        }
        value = .object(Fields(sorted: elements))
    }

    private mutating func union(_ value: inout Value, _ type: SchemaType) throws(SchemaError) {
        if value.isNull { return }
        for field in type.fields {
            switch (field.type, value) {
            case (.list, .array): return try list(&value, field.type)
            case (.type(let reference), .object): return try message(&value, reference.type)
            case (.bool, .bool): return
            default: continue
            }
        }
        throw mismatch(value, type.goName)
    }

    private static func merge(_ left: [Fields.Element], _ right: [Fields.Element]) -> [Fields.Element] {
        var merged: [Fields.Element] = []
        merged.reserveCapacity(left.count + right.count)
        var rest = right[...]
        for element in left {
            while let first = rest.first, first.name < element.name { merged.append(rest.removeFirst()) }
            merged.append(element)
        }
        return merged + rest
    }
}

// MARK: Forms of their own

extension SchemaWalker {
    private func integer(_ value: Value, _ range: ClosedRange<Int64>, _ name: String) throws(SchemaError) {
        switch value {
        case .integer(let number): guard !range.contains(number) else { return }
        case .double: break
        case .null, .bool, .string, .array, .object: throw mismatch(value, name)
        }
        throw mismatch("number " + String(decoding: value.json, as: UTF8.self), name)
    }

    private func bytes(_ value: inout Value) throws(SchemaError) {
        guard case .string(let text) = value else { throw mismatch(value, "[]uint8") }
        // Go's decoder passes over line breaks.
        let clean = text.utf8.filter { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
        guard let decoded = Base64.decode(clean) else {
            throw failure("illegal base64 data at input byte \(SchemaWalker.firstIllegalByte(Array(text.utf8)))")
        }
        let canonical = Base64.encode(decoded)
        if canonical != text { value = .string(canonical) }
    }

    private func builtin(_ value: inout Value, _ type: BuiltinType) throws(SchemaError) {
        switch type {
        case .time: try time(&value, .seconds)
        case .microTime: try time(&value, .microseconds)
        case .quantity:
            let text = value.stringValue?.trimmed ?? String(decoding: value.json, as: UTF8.self)
            do {
                let canonical = try Quantity.canonicalText(text)
                if value != .string(canonical) { value = .string(canonical) }
            } catch {
                throw failure(error.description)
            }
        case .intOrString:
            if case .string = value { return }
            try integer(value, Int64(Int32.min)...Int64(Int32.max), "int32")
        case .duration:
            guard case .string(let text) = value else { throw mismatch(value, "string") }
            do {
                value = .string(DurationText.text(nanoseconds: try DurationText.parse(text)))
            } catch {
                throw failure(error.message)
            }
        case .rawExtension, .fieldsV1, .json: break
        }
    }

    private func time(_ value: inout Value, _ precision: CalendarTime.Precision) throws(SchemaError) {
        guard case .string(let text) = value else { throw mismatch(value, "string") }
        do {
            let time = try CalendarTime(parsing: text, precision)
            value = time.isZero ? .null : .string(time.text(precision))
        } catch {
            throw failure(error.message)
        }
    }

    /// Where Go's decoder stops: at the first foreign byte, or at the end when the length is wrong.
    private static func firstIllegalByte(_ text: [UInt8]) -> Int {
        let alphabet = text.firstIndex {
            !((0x30...0x39).contains($0) || (0x61...0x7a).contains($0 | 0x20) || $0 == UInt8(ascii: "+")
                || $0 == UInt8(ascii: "/") || $0 == 0x0a || $0 == 0x0d)
        }
        return alphabet ?? text.count / 4 * 4
    }
}

// MARK: Errors

extension SchemaWalker {
    private mutating func report(_ name: String) {
        guard unknown.count < SchemaWalk.unknownMax else { return }
        var text = ""
        for step in path {
            switch step {
            case .field(let name), .key(let name): text += text.isEmpty ? name : ".\(name)"
            case .index(let index): text += "[\(index)]"
            }
        }
        unknown.append(text.isEmpty ? name : "\(text).\(name)")
    }

    private func mismatch(_ value: Value, _ expected: String) -> SchemaError { mismatch(value.kindName, expected) }

    private func mismatch(_ found: String, _ expected: String) -> SchemaError {
        let place = structure.map { "struct field \($0.goStructName).\(fieldPath)" } ?? "value"
        return failure("json: cannot unmarshal \(found) into Go \(place) of type \(expected)")
    }

    private func failure(_ message: String) -> SchemaError { SchemaError(message: message, path: fieldPath) }

    /// Go's errors name fields only, no items and no keys.
    private var fieldPath: String {
        path.compactMap { if case .field(let name) = $0 { name } else { nil } }.joined(separator: ".")
    }
}

extension SchemaType {
    /// `v1.Pod` of `core/v1.Pod`.
    fileprivate var goName: String { name.lastIndex(of: "/").map { String(name[name.index(after: $0)...]) } ?? name }

    /// `Pod` of `core/v1.Pod`.
    fileprivate var goStructName: String {
        name.lastIndex(of: ".").map { String(name[name.index(after: $0)...]) } ?? name
    }
}

extension FieldType {
    fileprivate var goName: String {
        switch self {
        case .string: "string"
        case .bool: "bool"
        case .int32: "int32"
        case .int64: "int64"
        case .double: "float64"
        case .bytes: "[]uint8"
        case .builtin(let builtin): builtin.goName
        case .type(let reference): reference.type.goName
        case .list(let element): "[]\(element.goName)"
        case .map(let element): "map[string]\(element.goName)"
        case .any: "interface {}"
        }
    }
}

extension BuiltinType {
    fileprivate var goName: String {
        switch self {
        case .time: "v1.Time"
        case .microTime: "v1.MicroTime"
        case .quantity: "resource.Quantity"
        case .intOrString: "intstr.IntOrString"
        case .duration: "v1.Duration"
        case .rawExtension: "runtime.RawExtension"
        case .fieldsV1: "v1.FieldsV1"
        case .json: "v1.JSON"
        }
    }
}

extension String {
    /// Without white space around, of which hardly any text has some.
    fileprivate var trimmed: String {
        func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0d).contains(byte) }
        guard let first = utf8.first, let last = utf8.last, isSpace(first) || isSpace(last) else { return self }
        let start = utf8.firstIndex { !isSpace($0) } ?? utf8.endIndex
        let end = utf8.lastIndex { !isSpace($0) }.map { utf8.index(after: $0) } ?? start
        return String(self[start..<end])
    }
}
