extension ProtobufCodec {
    /// A message that was encoded bare before, in its envelope.
    package static func enclose(_ message: [UInt8], apiVersion: String, kind: String) -> [UInt8] {
        var encoder = ProtobufEncoder()
        ProtobufEnvelope.writeTail(&encoder.out)
        let mark = encoder.out.count
        encoder.out.prepend(message)
        ProtobufEnvelope.writeHead(&encoder.out, since: mark, apiVersion: apiVersion, kind: kind)
        return encoder.out.bytes
    }
}
