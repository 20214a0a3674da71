/// A value with a form in JSON.
package protocol JSONCoded {
    /// Reads one value, which is not `null`.
    init(from reader: inout JSONReader) throws(JSONError)
    func encode(to writer: inout JSONWriter)
    /// What `null` stands for in a list or map.
    static var ofNull: Self { get }
}

/// A struct of the API, as generated from its tables.
///
/// Decoding passes over unknown fields. Encoding writes fields sorted by name, so that the text equals the
/// canonical text of the same ``Value``; objects write `apiVersion` and `kind` only at the root.
package protocol APIStruct: JSONCoded, Sendable, Equatable {
    init()
}

extension APIStruct {
    package static var ofNull: Self { Self() }

    package init(json: [UInt8]) throws(JSONError) {
        self = try JSONReader.read(json) { (reader) throws(JSONError) in try Self(from: &reader) }
    }

    package init(json: UnsafeRawBufferPointer) throws(JSONError) {
        self = try JSONReader.read(json) { (reader) throws(JSONError) in try Self(from: &reader) }
    }

    package init(value: Value) throws(JSONError) { try self.init(json: value.json) }

    package var json: [UInt8] { JSONWriter.bytes { encode(to: &$0) } }

    package var value: Value {
        do {
            return try Value(json: json)
        } catch {
            preconditionFailure("\(Self.self) wrote bad JSON: \(error)")
        }
    }
}
