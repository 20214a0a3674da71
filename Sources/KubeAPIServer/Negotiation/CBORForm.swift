internal import APIMachinery
internal import CBOR

/// Objects as CBOR, with the bytes of those kinds that we know as bytes.
enum CBORForm {
    static func encode(_ object: Value) -> [UInt8] {
        let version = GroupVersion(object["apiVersion"]?.stringValue ?? "")
        let kind = GroupVersionKind(
            group: version.group, version: version.version, kind: object["kind"]?.stringValue ?? "")
        return CBORCodec.encode(object, as: SchemaCatalog.builtin.type(for: kind))
    }

    /// An event of a watch.
    static func frame(_ type: String, _ object: Value) -> [UInt8] {
        CBORCodec.frame(type: type, object: encode(object))
    }
}
