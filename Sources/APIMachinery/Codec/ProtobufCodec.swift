/// Kubernetes' protobuf, read and written from schemas: no generated messages.
///
/// An object travels in an envelope: four magic bytes and a `runtime.Unknown` that names apiVersion and kind,
/// which the message itself does not carry.
package enum ProtobufCodec {
    package static let contentType = "application/vnd.kubernetes.protobuf"

    /// `k8s\0`
    package static let magic: [UInt8] = [0x6b, 0x38, 0x73, 0x00]

    package static func isEnveloped(_ bytes: [UInt8]) -> Bool { bytes.starts(with: magic) }

    /// The object in its envelope. Expects a normalised value.
    package static func encode(_ value: Value, as type: SchemaType) throws(ProtobufError) -> [UInt8] {
        try encode(
            value, as: type, apiVersion: value["apiVersion"]?.stringValue ?? "",
            kind: value["kind"]?.stringValue ?? "")
    }

    package static func encode(
        _ value: Value, as type: SchemaType, apiVersion: String, kind: String
    ) throws(ProtobufError) -> [UInt8] {
        var encoder = ProtobufEncoder()
        ProtobufEnvelope.writeTail(&encoder.out)
        let mark = encoder.out.count
        try encoder.message(value, type)
        ProtobufEnvelope.writeHead(&encoder.out, since: mark, apiVersion: apiVersion, kind: kind)
        return encoder.out.bytes
    }

    /// The message alone.
    package static func encodeBare(_ value: Value, as type: SchemaType) throws(ProtobufError) -> [UInt8] {
        var encoder = ProtobufEncoder()
        try encoder.message(value, type)
        return encoder.out.bytes
    }

    /// A list in its envelope, from items that were encoded bare before. Every list of the API keeps its metadata
    /// in field 1 and its items in field 2.
    package static func encodeList(
        metadata: Value, as metadataType: SchemaType, items: some BidirectionalCollection<[UInt8]>, apiVersion: String,
        kind: String
    ) throws(ProtobufError) -> [UInt8] {
        var encoder = ProtobufEncoder()
        ProtobufEnvelope.writeTail(&encoder.out)
        let mark = encoder.out.count
        for item in items.reversed() {
            let start = encoder.out.count
            encoder.out.prepend(item)
            encoder.out.close(2, since: start)
        }
        let start = encoder.out.count
        try encoder.message(metadata, metadataType)
        encoder.out.close(1, since: start)
        ProtobufEnvelope.writeHead(&encoder.out, since: mark, apiVersion: apiVersion, kind: kind)
        return encoder.out.bytes
    }

    /// Opens the envelope and reads the object, with apiVersion and kind as the envelope says.
    /// `resolve` gives the type of a kind, also of kinds inside of rawExtensions.
    package static func decode(
        _ bytes: [UInt8], resolve: (GroupVersionKind) -> SchemaType?
    ) throws(ProtobufError) -> Value {
        guard isEnveloped(bytes) else {
            throw ProtobufError(
                "provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]")
        }
        return try withDecoder(bytes, resolve) { (decoder) throws(ProtobufError) in
            try decoder.envelope(0..<bytes.count, depth: 0)
        }
    }

    /// Reads a message without envelope.
    package static func decodeBare(
        _ bytes: [UInt8], as type: SchemaType, resolve: (GroupVersionKind) -> SchemaType? = { _ in nil }
    ) throws(ProtobufError) -> Value {
        try withDecoder(bytes, resolve) { (decoder) throws(ProtobufError) in
            try decoder.message(0..<bytes.count, type)
        }
    }

    /// What the envelope says is inside.
    package static func kind(of bytes: [UInt8]) throws(ProtobufError) -> GroupVersionKind {
        try bytes.withUnsafeBytes { bytes in
            Result { () throws(ProtobufError) in try ProtobufEnvelope(bytes, 0..<bytes.count).kind }
        }.get()
    }

    private static func withDecoder(
        _ bytes: [UInt8], _ resolve: (GroupVersionKind) -> SchemaType?,
        _ body: (ProtobufDecoder) throws(ProtobufError) -> Value
    ) throws(ProtobufError) -> Value {
        try withoutActuallyEscaping(resolve) { resolve in
            bytes.withUnsafeBytes { bytes in
                Result { () throws(ProtobufError) in try body(ProtobufDecoder(bytes: bytes, resolve: resolve)) }
            }
        }.get()
    }
}

/// `runtime.Unknown` behind the magic bytes.
struct ProtobufEnvelope {
    private(set) var kind = GroupVersionKind(group: "", version: "", kind: "")
    private(set) var raw = 0..<0
    private(set) var contentEncoding = ""

    init(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) throws(ProtobufError) {
        guard range.count >= ProtobufCodec.magic.count else { throw ProtobufError("empty data") }
        var wire = WireReader(bytes, range.dropFirst(ProtobufCodec.magic.count))
        while let (number, type) = try wire.next() {
            switch (number, type) {
            case (1, .bytes): try readType(bytes, try wire.range())
            case (2, .bytes): raw = try wire.range()
            case (3, .bytes): contentEncoding = try wire.string()
            default: try wire.skip(type)
            }
        }
    }

    private mutating func readType(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) throws(ProtobufError) {
        var wire = WireReader(bytes, range)
        while let (number, type) = try wire.next() {
            switch (number, type) {
            case (1, .bytes):
                let version = GroupVersion(try wire.string())
                kind.group = version.group
                kind.version = version.version
            case (2, .bytes): kind.kind = try wire.string()
            default: try wire.skip(type)
            }
        }
    }

    /// What stands behind the raw bytes: contentEncoding and contentType, both empty.
    static func writeTail(_ out: inout BackwardBytes) {
        out.close(4, since: out.count)
        out.close(3, since: out.count)
    }

    static func writeHead(_ out: inout BackwardBytes, since mark: Int, apiVersion: String, kind: String) {
        out.close(2, since: mark)
        let start = out.count
        out.prepend(kind)
        out.close(2, since: start)
        let middle = out.count
        out.prepend(apiVersion)
        out.close(1, since: middle)
        out.close(1, since: start)
        out.prepend(ProtobufCodec.magic)
    }
}
