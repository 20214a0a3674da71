internal import APIMachinery
internal import ArgumentParser
internal import NIOCore

/// How objects travel.
enum Encoding: String, Sendable, CaseIterable, ExpressibleByArgument {
    case json
    case protobuf

    var mediaType: String { self == .json ? "application/json" : ProtobufCodec.contentType }

    func bytes(_ object: Value) throws -> ByteBuffer {
        guard self == .protobuf else { return ByteBuffer(bytes: object.json) }
        let version = GroupVersion(object["apiVersion"]?.stringValue ?? "")
        let kind = GroupVersionKind(
            group: version.group, version: version.version, kind: object["kind"]?.stringValue ?? "")
        guard let schema = SchemaCatalog.builtin.type(for: kind) else {
            throw BenchmarkError("no schema for \(kind)")
        }
        return ByteBuffer(bytes: try ProtobufCodec.encode(object, as: schema))
    }
}
