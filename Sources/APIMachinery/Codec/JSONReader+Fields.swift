package import Determinism

/// What the decoders of API structs read, beside the scalars.
extension JSONReader {
    package mutating func readBytesMap() throws(JSONError) -> [String: [UInt8]] {
        var map: [String: [UInt8]] = [:]
        try beginObject()
        while let key = try nextKey() { map[key] = try consumeNull() ? [] : try readBase64() }
        return map
    }

    /// RFC 3339. The first second of year 1 is Go's zero time and means that nothing is set.
    package mutating func readTime() throws(JSONError) -> Timestamp? {
        _ = skipSpace()
        let start = position
        let text = try readString()
        if text == "0001-01-01T00:00:00Z" { return nil }
        if let time = Timestamp(rfc3339: text) { return time }
        let layout = "2006-01-02T15:04:05Z07:00"
        throw JSONError(
            .invalidValue, #"parsing time "\#(text)" as "\#(layout)": cannot parse "\#(text)" as "2006""#, offset: start)
    }

    /// Text such as `1h0m1s`.
    package mutating func readDuration() throws(JSONError) -> Duration {
        _ = skipSpace()
        let start = position
        let text = try readString()
        do throws(DurationTextError) {
            return .nanoseconds(try DurationText.parse(text))
        } catch {
            throw JSONError(.invalidValue, error.message, offset: start)
        }
    }

    /// A string or a number.
    package mutating func readQuantity() throws(JSONError) -> Quantity {
        let kind = try peek()
        let start = position
        let text = kind == .number ? try numberText() : try readString()
        do {
            return try Quantity(parsing: text)
        } catch {
            throw JSONError(.invalidValue, "\(error)", offset: start)
        }
    }

    package mutating func readIntOrString() throws(JSONError) -> IntOrString {
        try peek() == .string ? .string(try readString()) : .int(try readInt32())
    }
}

extension String: JSONCoded {
    package init(from reader: inout JSONReader) throws(JSONError) { self = try reader.readString() }
    package func encode(to writer: inout JSONWriter) { writer.string(self) }
    package static var ofNull: String { "" }
}

extension Bool: JSONCoded {
    package init(from reader: inout JSONReader) throws(JSONError) { self = try reader.readBool() }
    package func encode(to writer: inout JSONWriter) { writer.bool(self) }
    package static var ofNull: Bool { false }
}

extension Int32: JSONCoded {
    package init(from reader: inout JSONReader) throws(JSONError) { self = try reader.readInt32() }
    package func encode(to writer: inout JSONWriter) { writer.integer(Int64(self)) }
    package static var ofNull: Int32 { 0 }
}

extension Int64: JSONCoded {
    package init(from reader: inout JSONReader) throws(JSONError) { self = try reader.readInt64() }
    package func encode(to writer: inout JSONWriter) { writer.integer(self) }
    package static var ofNull: Int64 { 0 }
}

extension Quantity: JSONCoded {
    package init(from reader: inout JSONReader) throws(JSONError) { self = try reader.readQuantity() }
    package func encode(to writer: inout JSONWriter) { writer.string(text) }
    package static var ofNull: Quantity { Quantity() }
}

extension IntOrString: JSONCoded {
    package init(from reader: inout JSONReader) throws(JSONError) { self = try reader.readIntOrString() }
    package func encode(to writer: inout JSONWriter) {
        switch self {
        case .int(let value): writer.integer(Int64(value))
        case .string(let text): writer.string(text)
        }
    }
    package static var ofNull: IntOrString { .int(0) }
}

extension Duration: JSONCoded {
    package init(from reader: inout JSONReader) throws(JSONError) { self = try reader.readDuration() }
    package func encode(to writer: inout JSONWriter) { writer.string(DurationText.text(nanoseconds: wholeNanoseconds)) }
    package static var ofNull: Duration { .zero }
}

extension Value: JSONCoded {
    package init(from reader: inout JSONReader) throws(JSONError) { self = try reader.readValue() }
    package static var ofNull: Value { .null }
}

extension Timestamp: JSONCoded {
    package init(from reader: inout JSONReader) throws(JSONError) { self = try reader.readTime() ?? .ofNull }
    package func encode(to writer: inout JSONWriter) { writer.string(rfc3339) }
    package static var ofNull: Timestamp { Timestamp(nanoseconds: 0) }
}
