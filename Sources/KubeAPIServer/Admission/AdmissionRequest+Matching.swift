internal import APIMachinery
internal import APIRegistry

extension AdmissionRequest {
    /// Whether the request writes whole objects of a resource, no subresource.
    func concerns(_ resource: String, group: String = "") -> Bool {
        self.resource.resource == resource && self.resource.group == group && subresource.isEmpty
    }

    /// A 403 in the words of upstream's `admission.NewForbidden`.
    func forbidden(_ why: String) -> StatusError { .forbidden(resource.groupResource, name, why) }

    /// Several refusals in one, as Go's aggregate error writes them.
    func forbidden(_ reasons: [String]) -> StatusError {
        var seen: Set<String> = []
        let distinct = reasons.filter { seen.insert($0).inserted }
        return forbidden(distinct.count == 1 ? distinct[0] : "[" + distinct.joined(separator: ", ") + "]")
    }
}

extension AdmissionRequest {
    /// The request as it looks in another version of its resource.
    func seen(as served: ServedResource) async throws(StatusError) -> AdmissionRequest {
        var seen = self
        if let object { seen.object = try await served.seen(object) }
        if let oldObject { seen.oldObject = try await served.seen(oldObject) }
        return seen
    }
}

extension AdmissionRequest {
    /// An object that was changed as a version of its resource shows it, in the form in which plugins pass it on:
    /// decoded, defaulted and as the store has it.
    ///
    /// - served: `nil` for objects of foreign kinds.
    /// - isStrict: fields that the schema does not know are a mistake.
    func taking(
        _ changed: Value, as served: ServedResource?, _ catalog: ResourceCatalog, isStrict: Bool
    ) async throws(StatusError) -> Value {
        guard let served else { return changed }
        var changed = changed
        var unknown: [String] = []
        do throws(StatusError) {
            try BodyDecoder.normalize(&changed, schema: served.schema, custom: served.custom, problems: &unknown)
        } catch {
            throw isStrict ? .internalError(error.message) : error
        }
        if isStrict, !served.isCustom, !unknown.isEmpty {
            throw .internalError("strict decoding error: " + unknown.joined(separator: ", "))
        }
        if served.webhook != nil,
            let requested = catalog.resource(
                group: resource.group, version: resource.version, resource: resource.resource)
        {
            served.store.definition.strategy.setDefaults(&changed)
            return try await requested.seen(changed)
        }
        var stored = try served.toStorage(changed)
        served.store.definition.strategy.setDefaults(&stored)
        return stored
    }
}

extension ObjectLookup {
    /// An object, or `nil` where there is none.
    func find(_ resource: String, group: String = "", _ name: String, namespace: String = "") throws(StatusError)
        -> Value?
    {
        do throws(StatusError) {
            return try policy(resource, group: group, name, namespace: namespace)
        } catch  where error.reason == .notFound { return nil }
    }
}

extension Value {
    var objectName: String { self[path: "metadata", "name"]?.stringValue ?? "" }

    /// An annotation of the object.
    func annotation(_ key: String) -> String? { self[path: "metadata", "annotations", key]?.stringValue }
}
