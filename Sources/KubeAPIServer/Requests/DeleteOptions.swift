package import APIMachinery
package import APIRegistry

/// What a delete is asked with (`meta/v1` DeleteOptions): in the body or, if there is none, in the query.
package struct DeleteOptions: Sendable {
    package var request: DeletionRequest
    package var isDryRun: Bool

    /// - body: as it was read, not yet judged; `nil`: there is none.
    /// - Throws: 400 for what cannot be read, 422 for what is not allowed.
    package init(body: Value?, query: QueryParameters, isCollection: Bool) throws(StatusError) {
        var options = body ?? .emptyObject
        if body == nil {
            options = try Self.options(query, isCollection: isCollection)
        } else {
            try Self.settle(&options)
        }
        let dryRun = (options["dryRun"]?.arrayValue ?? []).compactMap(\.stringValue)
        let policy = options["propagationPolicy"]?.stringValue
        let orphans = options["orphanDependents"]?.boolValue
        try Self.check(policy: policy, orphans: orphans, dryRun: dryRun)
        // A dry run that the query asks for is one, whatever the body says.
        isDryRun = !dryRun.isEmpty || !query.all("dryRun").isEmpty
        request = DeletionRequest(
            gracePeriodSeconds: options["gracePeriodSeconds"]?.integerValue,
            propagationPolicy: policy ?? orphans.map { $0 ? "Orphan" : "Background" },
            uid: options[path: "preconditions", "uid"]?.stringValue,
            resourceVersion: options[path: "preconditions", "resourceVersion"]?.stringValue)
        if let seconds = request.gracePeriodSeconds, seconds < 0 { request.gracePeriodSeconds = 1 }
    }

    /// Brings options from a body into form.
    private static func settle(_ options: inout Value) throws(StatusError) {
        if let kind = options["kind"]?.stringValue, !kind.isEmpty, kind != "DeleteOptions" {
            throw .badRequest("decoded object cannot be converted to DeleteOptions")
        }
        do throws(SchemaError) {
            _ = try SchemaWalk.normalize(&options, as: StatusSchema.meta("DeleteOptions"))
        } catch {
            throw .badRequest(error.message)
        }
    }

    private static func options(_ query: QueryParameters, isCollection: Bool) throws(StatusError) -> Value {
        var options = Value.emptyObject
        if let seconds = try query.integer("gracePeriodSeconds") { options["gracePeriodSeconds"] = .integer(seconds) }
        if let orphans = query.truth("orphanDependents") { options["orphanDependents"] = .bool(orphans) }
        if let policy = query["propagationPolicy"] { options["propagationPolicy"] = .string(policy) }
        options["dryRun"] = .strings(query.all("dryRun"))
        // Of a collection, the resource version is the list's.
        for name in isCollection ? ["uid"] : ["uid", "resourceVersion"] {
            guard let text = query[name], !text.isEmpty else { continue }
            options[path: "preconditions", name] = .string(text)
        }
        return options
    }

    private static func check(policy: String?, orphans: Bool?, dryRun: [String]) throws(StatusError) {
        var errors: [FieldError] = []
        if let policy {
            if orphans != nil {
                errors.append(
                    .invalid(
                        "propagationPolicy", policy, "orphanDependents and deletionPropagation cannot be both set"))
            }
            let policies = ["Foreground", "Background", "Orphan"]
            if !policies.contains(policy) {
                errors.append(.notSupported("propagationPolicy", policy, policies + ["nil"]))
            }
        }
        errors += WriteOptions.dryRunErrors(dryRun)
        guard errors.isEmpty else { throw .invalid(MetaKind.kind("DeleteOptions"), "", errors) }
    }
}
