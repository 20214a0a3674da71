internal import APIMachinery

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
