package import APIMachinery
internal import CBOR

/// Reads objects in one form and writes them in another.
package struct Transcoder: Sendable {
    /// What the input is; `nil`: what it looks like.
    private let form: WireForm?
    /// Of protobuf that does not say its kind.
    private let kind: GroupVersionKind?
    private let store: StoredValue

    package init(from form: WireForm?, kind: GroupVersionKind?, store: StoredValue) {
        self.form = form
        self.kind = kind
        self.store = store
    }

    // MARK: Reading

    /// The objects in the input: several of YAML and CBOR, one of the others.
    package func read(_ bytes: [UInt8]) async throws(TranscodeError) -> [Value] {
        guard !bytes.isEmpty else { throw TranscodeError("the input is empty") }
        let form = if let form { form } else { try recognized(bytes) }
        if form == .store {
            let opened = try await store.opened(bytes)
            guard let inner = WireForm.recognized(in: opened), inner != .store else { throw Self.unrecognized }
            return try read(opened, inner)
        }
        return try read(bytes, form)
    }

    private static let unrecognized = TranscodeError(
        "the input is no JSON, YAML, CBOR, protobuf in its envelope or value of a store: "
            + "name its encoding with --from, and for protobuf without an envelope its kind with --kind")

    private func recognized(_ bytes: [UInt8]) throws(TranscodeError) -> WireForm {
        if kind != nil, !ProtobufCodec.isEnveloped(bytes) { return .protobuf }
        guard let form = WireForm.recognized(in: bytes) else { throw Self.unrecognized }
        return form
    }

    private func read(_ bytes: [UInt8], _ form: WireForm) throws(TranscodeError) -> [Value] {
        do {
            let objects: [Value]
            switch form {
            case .json, .store: objects = [try Value(json: bytes)]
            case .yaml: objects = try YAMLBody.parse(bytes)
            case .cbor: objects = try CBORCodec.decodeSequence(bytes)
            case .protobuf: objects = [try protobuf(bytes)]
            }
            for object in objects where object.objectValue == nil {
                throw TranscodeError("found \(object.kindName) where an object is expected")
            }
            return objects
        } catch let error as TranscodeError {
            throw error
        } catch {
            throw TranscodeError("error decoding \(form.rawValue): \(error)")
        }
    }

    private func protobuf(_ bytes: [UInt8]) throws -> Value {
        if ProtobufCodec.isEnveloped(bytes) {
            _ = try Self.schema(of: try ProtobufCodec.kind(of: bytes))
            return try ProtobufCodec.decode(bytes) { SchemaCatalog.builtin.type(for: $0) }
        }
        guard let kind else {
            throw TranscodeError("protobuf without an envelope does not say its kind: name it with --kind")
        }
        var object = try ProtobufCodec.decodeBare(bytes, as: try Self.schema(of: kind)) {
            SchemaCatalog.builtin.type(for: $0)
        }
        object["apiVersion"] = .string(kind.groupVersion.description)
        object["kind"] = .string(kind.kind)
        return object
    }

    private static func schema(of kind: GroupVersionKind) throws(TranscodeError) -> SchemaType {
        guard let schema = SchemaCatalog.builtin.type(for: kind) else {
            throw TranscodeError(
                "no kind \(GoText.quote(kind.kind)) is registered for version \"\(kind.groupVersion)\"")
        }
        return schema
    }

    // MARK: Writing

    /// - withEnvelope: false writes the protobuf message alone.
    package static func write(
        _ objects: [Value], as form: WireForm, withEnvelope: Bool = true
    ) throws(TranscodeError) -> [UInt8] {
        switch form {
        case .json, .store: return objects.flatMap { $0.json + [0x0a] }
        case .yaml: return Array(YAML.text(documents: objects).utf8)
        case .cbor: return objects.flatMap(CBORForm.encode)
        case .protobuf:
            guard objects.count == 1 else {
                throw TranscodeError("protobuf holds one object, and the input has \(objects.count)")
            }
            return try protobuf(objects[0], withEnvelope: withEnvelope)
        }
    }

    private static func protobuf(_ object: Value, withEnvelope: Bool) throws(TranscodeError) -> [UInt8] {
        let version = GroupVersion(object["apiVersion"]?.stringValue ?? "")
        let kind = GroupVersionKind(
            group: version.group, version: version.version, kind: object["kind"]?.stringValue ?? "")
        guard !kind.kind.isEmpty else {
            throw TranscodeError("Object 'Kind' is missing in '\(object.shownInFieldError)'")
        }
        let schema = try schema(of: kind)
        var object = object
        do {
            let unknown = try SchemaWalk.normalize(&object, as: schema)
            if let first = unknown.first {
                throw TranscodeError("protobuf cannot hold \(SchemaWalk.unknownFieldMessage(first))")
            }
            return withEnvelope
                ? try ProtobufCodec.encode(object, as: schema) : try ProtobufCodec.encodeBare(object, as: schema)
        } catch let error as TranscodeError {
            throw error
        } catch {
            throw TranscodeError("error encoding protobuf: \(error)")
        }
    }
}

/// Why objects could not be read or written.
package struct TranscodeError: Error, Sendable, Equatable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}
