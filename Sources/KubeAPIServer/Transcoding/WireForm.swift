internal import APIMachinery
internal import APIRegistry
internal import CBOR

/// What bytes can be that hold objects.
package enum WireForm: String, Sendable, CaseIterable {
    case json
    case yaml
    case protobuf
    case cbor
    /// As a value lies in the store: perhaps encrypted, perhaps without its resource version.
    case store

    /// What the bytes look like; `nil`: like nothing that is known.
    package static func recognized(in bytes: [UInt8]) -> WireForm? {
        if StoredValue.looksLike(bytes) { return .store }
        if ProtobufCodec.isEnveloped(bytes) { return .protobuf }
        if CBORCodec.isSelfDescribed(bytes) { return .cbor }
        // A map without the tag; no text begins with such a byte.
        if let first = bytes.first, (0xa0...0xbf).contains(first) { return .cbor }
        guard !bytes.contains(0), String(validating: bytes, as: UTF8.self) != nil else { return nil }
        let first = bytes.first { ![0x20, 0x09, 0x0a, 0x0d].contains($0) }
        // YAML may look like JSON, not the other way round.
        return first == UInt8(ascii: "{") && (try? Value(json: bytes)) != nil ? .json : .yaml
    }
}
