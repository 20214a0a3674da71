internal import APIMachinery
internal import APIPatch
internal import APIRegistry
internal import Determinism

/// A PATCH as it came, and what it makes of an object.
struct RequestedPatch: Sendable {
    enum Kind: String {
        case json = "application/json-patch+json"
        case merge = "application/merge-patch+json"
        case strategic = "application/strategic-merge-patch+json"
        case apply = "application/apply-patch+yaml"
        case applyCBOR = "application/apply-patch+cbor"

        /// The type of the patch itself.
        var bodyType: String {
            switch self {
            case .json, .merge, .strategic: Encoding.json.rawValue
            case .apply: Encoding.yaml.rawValue
            case .applyCBOR: Encoding.cbor.rawValue
            }
        }

        /// The kinds that a resource takes, in the order in which clients are told of them.
        static func accepted(by resource: ServedResource, _ gates: FeatureGates) -> [Kind] {
            let isKnown = resource.schema != nil && !resource.isCustom
            return (isKnown ? [.json, .merge, .strategic, .apply] : [.json, .merge, .apply])
                + (gates[.cborServingAndStorage] ? [.applyCBOR] : [])
        }
    }

    let kind: Kind
    private let body: Value
    private let force: Bool

    init(_ call: ResourceCall) throws(StatusError) {
        let type = (call.request.headers["content-type"] ?? "").split(separator: ";").first.map { $0.trimmed } ?? ""
        let accepted = Kind.accepted(by: call.resource, call.gates)
        guard let kind = Kind(rawValue: type), accepted.contains(kind) else {
            throw .unsupportedMediaType(accepted.map(\.rawValue))
        }
        var duplicates: [String] = []
        self.kind = kind
        force = call.request.query.truth("force") ?? false
        body = try BodyDecoder.parse(
            call.request.body, contentType: kind.bodyType, duplicates: &duplicates, gates: call.gates)
        call.audit?.sends(patch: body)
        if isApplied { try checkApplied(call) }
    }

    /// Whether the whole configuration of one manager is sent, instead of changes.
    var isApplied: Bool { kind == .apply || kind == .applyCBOR }

    private func checkApplied(_ call: ResourceCall) throws(StatusError) {
        let name = body[path: "metadata", "name"]?.stringValue ?? ""
        if !name.isEmpty, name != call.info.name {
            throw .badRequest("the name of the object (\(name)) does not match the name on the URL (\(call.info.name))")
        }
        if body[path: "metadata", "managedFields"] != nil {
            throw .badRequest("metadata.managedFields must be nil")
        }
    }

    /// The stored object with a patch of the first three kinds applied, in the stored version.
    func patched(_ old: Value, _ call: ResourceCall) throws(StatusError) -> Value {
        let served = try call.resource.served(old)
        var new: Value
        do throws(PatchError) {
            switch kind {
            case .json: new = try JSONPatch.apply(body, to: served)
            case .merge: new = try MergePatch.apply(body, to: served)
            case .strategic:
                guard let schema = call.resource.schema else { return old }
                new = try StrategicMergePatch.apply(body, to: served, schema: schema)
            case .apply, .applyCBOR: return old
            }
        } catch {
            throw error.statusError
        }
        try settle(&new, from: served, call)
        return try call.resource.toStorage(new)
    }

    /// The stored object after server-side apply; `nil` when there was none before.
    func applied(to old: Value?, _ call: ResourceCall, now: Timestamp) async throws(StatusError) -> Value {
        // Merged as it was sent: the canonical form has fields that nobody asked for, and would own them.
        var config = body
        if config["apiVersion"] == nil || config["kind"] == nil {
            throw .badRequest("invalid object type: apiVersion and kind must be set")
        }
        try checkSent(config, call)
        config[path: "metadata", "name"] = .string(call.info.name)
        if call.resource.info.isNamespaced { config[path: "metadata", "namespace"] = .string(call.info.namespace) }
        let tracking = FieldTracking(call, now: now)
        let served = try old.map { (value) throws(StatusError) in try call.resource.served(value) }
        var new = try await tracking.apply(config, to: served, force: force)
        var ignored: [String] = []
        try BodyDecoder.normalize(&new, schema: call.resource.schema, custom: call.resource.custom, problems: &ignored)
        return try call.resource.toStorage(new)
    }

    /// The kind fits the address, and the fields fit the kind.
    private func checkSent(_ config: Value, _ call: ResourceCall) throws(StatusError) {
        let kind = call.resource.info.groupVersionKind
        let sent = (config["apiVersion"]?.stringValue ?? "", config["kind"]?.stringValue ?? "")
        guard sent == (kind.groupVersion.description, kind.kind) else {
            throw .badRequest("\(sent.1) in version \(sent.0) cannot be handled as a \(kind.kind)")
        }
        var copy = config
        try settle(&copy, call)
    }

    /// Canonical form, unknown fields dealt with as the client wishes.
    private func settle(_ value: inout Value, from base: Value = .null, _ call: ResourceCall) throws(StatusError) {
        var problems: [String] = []
        let kind = call.resource.info.groupVersionKind
        try BodyDecoder.normalize(
            &value, from: base, schema: call.resource.schema, custom: call.resource.custom, problems: &problems)
        try BodyDecoder.report(
            problems, kind: kind, validation: BodyDecoder.fieldValidation(call.request.query),
            warnings: call.warnings)
    }
}
