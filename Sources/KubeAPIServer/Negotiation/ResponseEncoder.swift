package import APIMachinery
package import APIRegistry
package import Determinism
package import KeyValueStore

/// Turns objects of one resource into the bytes that one client asked for.
///
/// The common case (JSON, stored version) copies: an object's bytes go out as they are held, a list
/// is a frame around them, an event is encoded once for all who watch.
package struct ResponseEncoder: Sendable {
    let resource: ServedResource
    let type: NegotiatedType
    let moment: TableMoment
    /// The client's `includeObject` for table rows.
    let includeObject: String
    /// What a webhook has made of the objects that are to be encoded.
    var converted = ConvertedObjects()

    package init(resource: ServedResource, type: NegotiatedType, moment: TableMoment, includeObject: String = "Metadata") {
        self.resource = resource
        self.type = type
        self.moment = moment
        self.includeObject = includeObject
    }

    var contentType: String { type.encoding.rawValue }

    private var sendsJSON: Bool { type.encoding == .json && type.shape == .object }

    /// Whether the object's bytes are the answer.
    private func copies(_ object: CachedObject) -> Bool { sendsJSON && resource.shows(object) }

    /// Whether the bytes of the object's metadata are what is asked for.
    private func copiesMetadata(_ object: CachedObject) -> Bool {
        type.encoding == .json && (type.shape == .partial || type.shape == .partialList) && resource.shows(object)
    }

    /// The object as the client's version shows it.
    private func served(_ object: CachedObject) throws(StatusError) -> Value {
        guard resource.webhook != nil, !resource.shows(object) else { return try resource.served(try object.value()) }
        return try converted.value(of: object)
    }

    private func partialJSON(_ object: CachedObject) -> [UInt8] {
        let head =
            "{\"apiVersion\":\"meta.k8s.io/\(type.metaVersion)\",\"kind\":\"PartialObjectMetadata\",\"metadata\":"
        let metadata = object.metadata
        var json: [UInt8] = []
        json.reserveCapacity(head.utf8.count + metadata.count + 1)
        json.append(contentsOf: head.utf8)
        json.append(contentsOf: metadata)
        json.append(UInt8(ascii: "}"))
        return json
    }

    // MARK: One object

    package func object(_ object: CachedObject) throws(StatusError) -> [UInt8] {
        if copies(object) { return object.json }
        if copiesMetadata(object) { return partialJSON(object) }
        return try encode(shape(served(object)))
    }

    package func object(_ value: Value) throws(StatusError) -> [UInt8] {
        try encode(shape(resource.served(value)))
    }

    // MARK: A list

    package struct Continuation: Sendable {
        var revision: Revision
        var token: String
        var remaining: Int?
    }

    package func list(_ objects: [CachedObject], _ continuation: Continuation) throws(StatusError) -> AnswerBody {
        switch (type.shape, type.encoding) {
        case (.object, .json):
            var items: [[UInt8]] = []
            items.reserveCapacity(objects.count)
            for object in objects {
                items.append(copies(object) ? object.json : try served(object).json)
            }
            return jsonList(
                items, leavingOut: kindOfItems, continuation, apiVersion: resource.info.groupVersion.description,
                kind: resource.info.listKind)
        case (.object, .protobuf): return .pieces([try protobufList(objects, continuation)])
        case (.partial, .json), (.partialList, .json):
            var items: [[UInt8]] = []
            items.reserveCapacity(objects.count)
            for object in objects { items.append(try self.object(object)) }
            return jsonList(
                items, continuation, apiVersion: "meta.k8s.io/" + type.metaVersion, kind: "PartialObjectMetadataList")
        case (.object, .yaml), (.object, .cbor), (.table, _), (.partial, _), (.partialList, _):
            var values: [Value] = []
            for object in objects { values.append(try served(object)) }
            return .pieces([try encode(shapeList(values, listMetadata(continuation)))])
        }
    }

    /// With what the objects of a list begin and its items do not: built-in kinds are named by the list alone, as in
    /// upstream's.
    private var kindOfItems: [UInt8] {
        guard !resource.isCustom else { return [] }
        return Array("{\"apiVersion\":\"\(resource.info.groupVersion)\",\"kind\":\"\(resource.info.kind)\",".utf8)
    }

    private func jsonList(
        _ items: [[UInt8]], leavingOut opening: [UInt8] = [], _ continuation: Continuation, apiVersion: String,
        kind: String
    ) -> AnswerBody {
        let list: Value = [
            "apiVersion": .string(apiVersion), "kind": .string(kind), "metadata": listMetadata(continuation),
        ]
        return .list(ListText(head: list.json.dropLast(), items: items, leavingOut: opening))
    }

    private func listMetadata(_ continuation: Continuation) -> Value {
        var metadata: Value = ["resourceVersion": .string(String(continuation.revision))]
        if !continuation.token.isEmpty { metadata["continue"] = .string(continuation.token) }
        if let remaining = continuation.remaining { metadata["remainingItemCount"] = .integer(Int64(remaining)) }
        return metadata
    }

    private func protobufList(_ objects: [CachedObject], _ continuation: Continuation) throws(StatusError) -> [UInt8] {
        var items: [[UInt8]] = []
        items.reserveCapacity(objects.count)
        for object in objects { items.append(try bareProtobuf(object)) }
        do {
            return try ProtobufCodec.encodeList(
                metadata: listMetadata(continuation), as: StatusSchema.meta("ListMeta"), items: items,
                apiVersion: resource.info.groupVersion.description, kind: resource.info.listKind)
        } catch { throw .internalError("\(error)") }
    }

    private func bareProtobuf(_ object: CachedObject) throws(StatusError) -> [UInt8] {
        guard resource.conversion == nil else { return try protobufMessage(served(object)) }
        return try object.protobuf { value throws(StatusError) in try protobufMessage(value) }
    }

    private func protobufMessage(_ value: Value) throws(StatusError) -> [UInt8] {
        guard let schema = resource.schema, !resource.isCustom else { throw .notAcceptable(["application/json", "application/yaml"]) }
        do { return try ProtobufCodec.encodeBare(value, as: schema) } catch { throw .internalError("\(error)") }
    }

    // MARK: Watch events

    /// One event as `kind`, which a selector may have made of it.
    package func event(_ event: CacheEvent, as kind: CacheEvent.Kind) throws(StatusError) -> [UInt8] {
        // A selector that no longer matches shows the object as it was, under the new revision.
        let object = event.object
        switch (type.shape, type.encoding) {
        case (.object, .json) where copies(object):
            return try event.frame("json", as: kind) { Self.jsonFrame(kind.rawValue, object.json) }
        case (.object, .protobuf) where resource.conversion == nil:
            return try event.frame("protobuf", as: kind) { () throws(StatusError) in
                try protobufFrame(kind.rawValue, bareProtobuf(object), resource.info.groupVersionKind)
            }
        case (.object, .cbor) where resource.conversion == nil:
            return try event.frame("cbor", as: kind) { () throws(StatusError) in
                try frame(kind.rawValue, served(object))
            }
        case (.partial, .json) where copiesMetadata(object), (.partialList, .json) where copiesMetadata(object):
            return try event.frame("metadata/" + type.metaVersion, as: kind) {
                Self.jsonFrame(kind.rawValue, partialJSON(object))
            }
        case (.object, _), (.table, _), (.partial, _), (.partialList, _):
            return try frame(kind.rawValue, shape(served(object)))
        }
    }

    /// An object that was there when the watch began.
    package func initial(_ object: CachedObject) throws(StatusError) -> [UInt8] {
        if copies(object) { return Self.jsonFrame("ADDED", object.json) }
        if copiesMetadata(object) { return Self.jsonFrame("ADDED", partialJSON(object)) }
        if type.encoding == .protobuf, type.shape == .object {
            return try protobufFrame("ADDED", bareProtobuf(object), resource.info.groupVersionKind)
        }
        return try frame("ADDED", shape(served(object)))
    }

    /// Says how far the watch has come. `endsInitialEvents` closes the list part of a watch-list.
    package func bookmark(_ revision: Revision, endsInitialEvents: Bool) throws(StatusError) -> [UInt8] {
        var metadata: Value = ["resourceVersion": .string(String(revision))]
        if type.shape == .object { metadata["creationTimestamp"] = nil }
        if endsInitialEvents { metadata["annotations"] = ["k8s.io/initial-events-end": "true"] }
        let object: Value = [
            "apiVersion": .string(resource.info.groupVersion.description), "kind": .string(resource.info.kind),
            "metadata": metadata,
        ]
        return try frame("BOOKMARK", type.shape == .table ? TableBuilder.empty(revision: revision, self) : shape(object))
    }

    package func error(_ error: StatusError) -> [UInt8] {
        if type.encoding == .protobuf {
            let kind = GroupVersionKind(group: "", version: "v1", kind: "Status")
            // A Status that cannot be encoded would be a fault of the tables; the stream then just ends.
            guard let message = try? ProtobufCodec.encodeBare(error.value, as: StatusSchema.type),
                let frame = try? protobufFrame("ERROR", message, kind)
            else { return [] }
            return frame
        }
        if type.encoding == .cbor { return CBORForm.frame("ERROR", error.value) }
        return Self.jsonFrame("ERROR", error.value.json)
    }

    private func frame(_ kind: String, _ object: Value) throws(StatusError) -> [UInt8] {
        switch type.encoding {
        // A stream of YAML is one of JSON, which is YAML too.
        case .json, .yaml: return Self.jsonFrame(kind, object.json)
        case .cbor: return CBORForm.frame(kind, object)
        case .protobuf:
            let (message, gvk) = try protobufShape(object)
            return try protobufFrame(kind, message, gvk)
        }
    }

    private static func jsonFrame(_ kind: String, _ object: [UInt8]) -> [UInt8] {
        var frame: [UInt8] = []
        frame.reserveCapacity(object.count + 32)
        frame.append(contentsOf: "{\"type\":\"".utf8)
        frame.append(contentsOf: kind.utf8)
        frame.append(contentsOf: "\",\"object\":".utf8)
        frame.append(contentsOf: object)
        frame.append(contentsOf: "}\n".utf8)
        return frame
    }

    private func protobufFrame(
        _ kind: String, _ message: [UInt8], _ gvk: GroupVersionKind
    ) throws(StatusError) -> [UInt8] {
        ProtobufWatch.frame(
            type: kind,
            object: ProtobufCodec.enclose(message, apiVersion: gvk.groupVersion.description, kind: gvk.kind))
    }

    // MARK: Shapes

    private func shape(_ value: Value) throws(StatusError) -> Value {
        switch type.shape {
        case .object: value
        case .table: TableBuilder.table([value], metadata: TableBuilder.metadata(of: value), encoder: self)
        case .partial, .partialList: Self.partial(value, version: type.metaVersion)
        }
    }

    private func shapeList(_ values: [Value], _ metadata: Value) -> Value {
        switch type.shape {
        case .table:
            return TableBuilder.table(values, metadata: metadata, encoder: self)
        case .partial, .partialList:
            return [
                "apiVersion": .string("meta.k8s.io/" + type.metaVersion), "kind": "PartialObjectMetadataList",
                "metadata": metadata, "items": .array(values.map { Self.partial($0, version: type.metaVersion) }),
            ]
        case .object:
            return [
                "apiVersion": .string(resource.info.groupVersion.description),
                "kind": .string(resource.info.listKind), "metadata": metadata, "items": .array(values.map(item)),
            ]
        }
    }

    private func item(_ value: Value) -> Value {
        guard !resource.isCustom else { return value }
        var value = value
        value["apiVersion"] = nil
        value["kind"] = nil
        return value
    }

    static func partial(_ value: Value, version: String) -> Value {
        [
            "apiVersion": .string("meta.k8s.io/" + version), "kind": "PartialObjectMetadata",
            "metadata": value["metadata"] ?? .emptyObject,
        ]
    }

    private func encode(_ value: Value) throws(StatusError) -> [UInt8] {
        switch type.encoding {
        case .json: return value.json
        case .yaml: return Array(YAML.text(value).utf8)
        case .cbor: return CBORForm.encode(value)
        case .protobuf:
            let (message, kind) = try protobufShape(value)
            return ProtobufCodec.enclose(message, apiVersion: kind.groupVersion.description, kind: kind.kind)
        }
    }

    private func protobufShape(_ value: Value) throws(StatusError) -> (message: [UInt8], kind: GroupVersionKind) {
        let groupVersion = GroupVersion(value["apiVersion"]?.stringValue ?? "")
        let kind = GroupVersionKind(
            group: groupVersion.group, version: groupVersion.version, kind: value["kind"]?.stringValue ?? "")
        switch type.shape {
        case .table: throw .notAcceptable(["application/json", "application/yaml"])
        case .object: return (try protobufMessage(value), resource.info.groupVersionKind)
        case .partial, .partialList:
            do { return (try ProtobufCodec.encodeBare(value, as: StatusSchema.meta(kind.kind)), kind) } catch {
                throw .internalError("\(error)")
            }
        }
    }
}
