extension Value {
    package init(json: [UInt8]) throws(JSONError) {
        self = try JSONReader.read(json) { (reader) throws(JSONError) in try reader.readValue() }
    }

    package init(json: UnsafeRawBufferPointer) throws(JSONError) {
        self = try JSONReader.read(json) { (reader) throws(JSONError) in try reader.readValue() }
    }

    package init(json: String) throws(JSONError) { try self.init(json: Array(json.utf8)) }

    /// Reads JSON and names the fields that an object has twice (`spec.replicas`, `spec.containers[0].name`), in the
    /// order of the text, at most ``JSONDuplicates/max`` of them. The last one's value counts.
    package init(json: [UInt8], duplicates: inout [String]) throws(JSONError) {
        var sawDuplicate = false
        self = try JSONReader.read(json) { (reader) throws(JSONError) in
            let value = try reader.readValue()
            sawDuplicate = reader.sawDuplicate
            return value
        }
        duplicates = sawDuplicate ? try JSONDuplicates.find(in: json) : []
    }

    /// The canonical text: no spaces, fields sorted.
    package var json: [UInt8] { JSONWriter.bytes { encode(to: &$0) } }

    package func encode(to writer: inout JSONWriter) {
        switch self {
        case .null: writer.null()
        case .bool(let value): writer.bool(value)
        case .integer(let value): writer.integer(value)
        case .double(let value): writer.double(value)
        case .string(let value): writer.string(value)
        case .array(let values):
            writer.beginArray()
            for value in values { value.encode(to: &writer) }
            writer.endArray()
        case .object(let fields):
            writer.beginObject()
            for field in fields.elements {
                writer.key(field.name)
                field.value.encode(to: &writer)
            }
            writer.endObject()
        }
    }
}

extension JSONReader {
    /// A value of any kind.
    package mutating func readValue() throws(JSONError) -> Value {
        switch skipSpace() {
        case UInt8(ascii: "\""):
            position += 1
            return .string(try stringBody())
        case UInt8(ascii: "{"):
            try beginObject()
            var elements: [Fields.Element] = []
            while let name = try nextKey() { elements.append(Fields.Element(name: name, value: try readValue())) }
            let fields = Fields(unsorted: elements)
            if fields.count < elements.count { sawDuplicate = true }
            return .object(fields)
        case UInt8(ascii: "["):
            try beginArray()
            var values: [Value] = []
            while try nextElement() { values.append(try readValue()) }
            return .array(values)
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool(try readBool())
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            switch try readNumber() {
            case .integer(let number): return .integer(number)
            case .double(let number): return .double(number)
            }
        default:
            guard try consumeNull() else { throw syntaxError("looking for beginning of value") }
            return .null
        }
    }
}
