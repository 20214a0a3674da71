package import APIMachinery

/// Kubernetes' CBOR: objects that begin with the tag of self-described CBOR.
package enum CBORCodec {
    package static let contentType = "application/cbor"
    /// Items one after the other (RFC 8742), as a watch sends them.
    package static let sequenceType = "application/cbor-seq"

    /// Tag 55799, which nothing else begins with.
    package static let selfDescribed: [UInt8] = [0xd9, 0xd9, 0xf7]

    /// Maps, arrays and tags inside of each other: what JSON is allowed here, too.
    package static let depthMax = JSONReader.depthMax
    /// Upstream's, which no body of the allowed size reaches.
    package static let mapPairsMax = 2_097_152

    package static func isSelfDescribed(_ bytes: [UInt8]) -> Bool { bytes.starts(with: selfDescribed) }

    /// Reads exactly one item, with or without the tag before it.
    ///
    /// Byte strings are text, unless tagged to be base64, base64url or hexadecimal later: then they become that text.
    package static func decode(_ bytes: [UInt8]) throws(CBORError) -> Value {
        var scanner = CBORScanner(bytes)
        try scanner.whole()
        var reader = CBORReader(bytes)
        return try reader.value()
    }

    /// Reads items that stand one after the other: one, or what a watch has sent.
    package static func decodeSequence(_ bytes: [UInt8]) throws(CBORError) -> [Value] {
        var scanner = CBORScanner(bytes)
        var count = 0
        repeat {
            try scanner.next()
            count += 1
        } while !scanner.isAtEnd
        var reader = CBORReader(bytes)
        var items: [Value] = []
        for _ in 0..<count { items.append(try reader.value()) }
        return items
    }

    /// The object behind the tag.
    ///
    /// - type: tells which strings are base64 of bytes, so that these are sent as they are; `nil`: none are.
    package static func encode(_ value: Value, as type: SchemaType? = nil) -> [UInt8] {
        var writer = CBORWriter()
        writer.selfDescribe()
        writer.write(value, type.map { FieldType.type(TypeReference($0)) } ?? .any)
        return writer.bytes
    }

    /// One event of a watch; `object` is what ``encode(_:as:)`` gave.
    package static func frame(type: String, object: [UInt8]) -> [UInt8] {
        var writer = CBORWriter()
        writer.selfDescribe()
        writer.map(count: 2)
        writer.string("type")
        writer.string(type)
        writer.string("object")
        return writer.bytes + object
    }
}

/// Why bytes are no CBOR that Kubernetes takes, in the words of Go's package (fxamacker/cbor).
package struct CBORError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Code: Sendable {
        /// Not CBOR at all.
        case malformed
        /// The bytes stop early.
        case unexpectedEnd
        /// CBOR, but not of the kind that JSON could say, or not unambiguous.
        case invalid
        /// More than ``CBORCodec/depthMax`` levels.
        case tooDeep
    }

    package let code: Code
    package let message: String
    package var description: String { message }

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    static func refused(_ kind: CBORKind, _ why: String) -> CBORError {
        CBORError(.invalid, "cbor: data item of cbor type \(kind.name) is not accepted by protocol: \(why)")
    }

    static func mismatch(_ kind: CBORKind, _ wanted: String, _ why: String = "") -> CBORError {
        let detail = why.isEmpty ? "" : " (\(why))"
        return CBORError(.invalid, "cbor: cannot unmarshal \(kind.name) into Go value of type \(wanted)\(detail)")
    }
}
