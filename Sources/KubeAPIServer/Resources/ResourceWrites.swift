internal import APIMachinery
internal import APIPatch
internal import APIRegistry
internal import Determinism

/// POST, PUT, PATCH and DELETE of whole objects and of their status.
struct ResourceWrites: Sendable {
    let state: ClusterState
    let admission: AdmissionChain
    let time: any Timekeeper
    let random: any RandomSource

    func answer(_ call: ResourceCall) async throws(StatusError) -> ServerAnswer {
        switch call.info.verb {
        case "create": return try await create(call)
        case "update": return try await update(call)
        case "patch": return try await patch(call)
        case "delete": return try await delete(call)
        case "deletecollection": return try await deleteCollection(call)
        case _: throw .methodNotSupported(call.resource.store.resource, call.info.verb)
        }
    }

    // MARK: Create

    private func create(_ call: ResourceCall) async throws(StatusError) -> ServerAnswer {
        guard call.info.name.isEmpty else { throw .methodNotSupported(call.resource.store.resource, "create") }
        try checkGrowth(call)
        let object = try call.body()
        warn(object, old: nil, call)
        let stored = try call.resource.toStorage(object)
        let result = try await call.resource.store.create(
            stored, namespace: call.info.namespace, context: context(call))
        return try await respond(result, call, code: 201)
    }

    /// A resource that is going takes no new objects.
    private func checkGrowth(_ call: ResourceCall) throws(StatusError) {
        guard call.resource.custom?.isTerminating == true else { return }
        throw .forbidden(
            call.resource.store.resource, call.info.name,
            "create not allowed while custom resource definition is terminating")
    }

    // MARK: Update

    private func update(_ call: ResourceCall) async throws(StatusError) -> ServerAnswer {
        let object = try call.body()
        try checkName(object, call)
        let stored = try call.resource.toStorage(object)
        let store = call.resource.store
        do throws(StatusError) {
            let result = try await store.update(
                call.info.name, namespace: call.info.namespace, scope: scope(call), context: context(call)
            ) { (old) async throws(StatusError) in
                warn(stored, old: old, call)
                return stored
            }
            return try await respond(result, call, code: 200)
        } catch where error.reason == .notFound && store.definition.strategy.createsOnUpdate
            && call.info.subresource.isEmpty
        {
            try checkNew(stored, call) { "Precondition failed: UID in precondition: \($0), UID in object meta: " }
            let result = try await store.create(stored, namespace: call.info.namespace, context: context(call))
            return try await respond(result, call, code: 201)
        }
    }

    /// Who names a UID means an object that was there.
    private func checkNew(_ object: Value, _ call: ResourceCall, _ why: (String) -> String) throws(StatusError) {
        let uid = object[path: "metadata", "uid"]?.stringValue ?? ""
        guard uid.isEmpty else { throw .conflict(call.resource.store.resource, call.info.name, why(uid)) }
    }

    private func checkName(_ object: Value, _ call: ResourceCall) throws(StatusError) {
        let name = object[path: "metadata", "name"]?.stringValue ?? ""
        guard name == call.info.name else {
            throw .badRequest(
                name.isEmpty
                    ? "name must be provided"
                    : "the name of the object (\(name)) does not match the name on the URL (\(call.info.name))")
        }
        let namespace = object[path: "metadata", "namespace"]?.stringValue ?? ""
        guard namespace.isEmpty || namespace == call.info.namespace else {
            throw .badRequest(
                "the namespace of the object (\(namespace)) does not match the namespace on the URL (\(call.info.namespace))")
        }
    }

    // MARK: Patch

    private func patch(_ call: ResourceCall) async throws(StatusError) -> ServerAnswer {
        let patch = try RequestedPatch(call)
        let store = call.resource.store
        if patch.isApplied {
            do throws(StatusError) {
                let result = try await store.update(
                    call.info.name, namespace: call.info.namespace, scope: scope(call),
                    context: context(call, tracks: false)
                ) { (old) async throws(StatusError) in try await patch.applied(to: old, call, now: time.now) }
                return try await respond(result, call, code: 200)
            } catch where error.reason == .notFound && error.name == call.info.name && call.info.subresource.isEmpty {
                try checkGrowth(call)
                let object = try await patch.applied(to: nil, call, now: time.now)
                try checkNew(object, call) {
                    "uid mismatch: the provided object specified uid \($0), and no existing object was found"
                }
                let result = try await store.create(
                    object, namespace: call.info.namespace, context: context(call, tracks: false))
                return try await respond(result, call, code: 201)
            }
        }
        let result = try await store.update(
            call.info.name, namespace: call.info.namespace, scope: scope(call), context: context(call)
        ) { (old) async throws(StatusError) in
            let new = try patch.patched(old, call)
            warn(new, old: old, call)
            return new
        }
        return try await respond(result, call, code: 200)
    }

    // MARK: Delete

    private func delete(_ call: ResourceCall) async throws(StatusError) -> ServerAnswer {
        let options = try deleteOptions(call)
        let call = options.isDryRun == call.isDryRun ? call : call.with(isDryRun: options.isDryRun)
        let request = options.request
        let deletion = try await call.resource.store.delete(
            call.info.name, namespace: call.info.namespace, request: request, context: context(call))
        switch deletion {
        case .gone(let object):
            return .response(.status(success(object, call), code: 200, as: call.type))
        case .marked(let object): return try await respond(.stored(object, wasChanged: true), call, code: 200)
        case .unstored(let object): return try await respond(.unstored(object), call, code: 200)
        }
    }

    private func deleteCollection(_ call: ResourceCall) async throws(StatusError) -> ServerAnswer {
        let list = try ListRequest(call.info, call.request.query, call.resource)
        let options = try deleteOptions(call)
        let call = call.with(isDryRun: options.isDryRun)
        let request = options.request
        let listing = call.resource.store.cache.list(call.resource.filterBefore(list.filter))
        let converted = try await call.resource.converted(listing.objects)
        let objects = try call.resource.selected(listing.objects, list.filter, converted)
        for object in objects {
            do throws(StatusError) {
                _ = try await call.resource.store.delete(
                    String(object.name), namespace: String(object.namespace), request: request, context: context(call))
            } catch where error.reason == .notFound {}
        }
        let encoder = encoder(call, converted)
        let continuation = ResponseEncoder.Continuation(revision: state.revision, token: "", remaining: nil)
        return .response(
            ServerResponse(
                200, contentType: encoder.contentType, body: try encoder.list(objects, continuation)))
    }

    /// What is asked for; options in the body may make the call a dry run.
    private func deleteOptions(_ call: ResourceCall) throws(StatusError) -> DeleteOptions {
        var body: Value?
        if !call.request.body.isEmpty {
            var duplicates: [String] = []
            let options = try BodyDecoder.parse(
                call.request.body, contentType: call.request.headers["content-type"], duplicates: &duplicates,
                gates: call.gates)
            call.audit?.sends(patch: options)
            body = options
        }
        return try DeleteOptions(
            body: body, query: call.request.query, isCollection: call.info.verb == "deletecollection")
    }

    /// What a client gets when the object is gone at once.
    private func success(_ object: Value, _ call: ResourceCall) -> Value {
        var details: Value = [
            "name": object[path: "metadata", "name"] ?? "", "kind": .string(call.resource.info.plural),
        ]
        if !call.resource.info.group.isEmpty { details["group"] = .string(call.resource.info.group) }
        if let uid = object[path: "metadata", "uid"] { details["uid"] = uid }
        return ["apiVersion": "v1", "kind": "Status", "metadata": [:], "status": "Success", "details": details]
    }

    // MARK: Shared

    private func warn(_ object: Value, old: Value?, _ call: ResourceCall) {
        for text in call.resource.store.definition.strategy.warnings(object, old: old) { call.warnings.add(text) }
    }

    private func scope(_ call: ResourceCall) -> WriteScope {
        switch call.info.subresource {
        case "": .main
        case "status": .status
        case let name: .subresource(name)
        }
    }

    func context(_ call: ResourceCall, tracks: Bool = true) -> WriteContext {
        let passes = admission.passes(call, operation: nil)
        var context = admittedContext(call, tracks: tracks)
        context.mutate = { (object, old) async throws(StatusError) in
            let owners = object[path: "metadata", "managedFields"]
            try await passes.mutate(&object, old)
            FieldTracking.restore(owners, in: &object, call.warnings)
        }
        context.review = passes.review
        if let judge = call.resource.conversion?.judge { context.judge = judge }
        return context
    }

    /// For writes that have been through admission as something else: a scale, a binding.
    func admittedContext(_ call: ResourceCall, tracks: Bool = true) -> WriteContext {
        let tracking = FieldTracking(call, now: time.now)
        return WriteContext(
            time: time, random: random, isDryRun: call.isDryRun,
            track: { (old, new) async throws(StatusError) in if tracks { try await tracking.track(old, &new) } })
    }

    /// Lets plugins change and refuse what was sent to a subresource that speaks a kind of its own.
    func admit(
        _ object: Value, old: Value? = nil, kind: GroupVersionKind, _ operation: AdmissionRequest.Operation,
        _ call: ResourceCall
    ) async throws(StatusError) -> Value {
        let passes = admission.passes(call, operation: operation, kind: kind)
        var object = object
        try await passes.mutate(&object, old)
        try await passes.review(object, old)
        return object
    }

    private func encoder(_ call: ResourceCall, _ converted: ConvertedObjects) -> ResponseEncoder {
        var encoder = ResponseEncoder(resource: call.resource, type: call.type, moment: TableMoment(now: time.now))
        encoder.converted = converted
        return encoder
    }

    func respond(_ result: WriteResult, _ call: ResourceCall, code: Int) async throws(StatusError) -> ServerAnswer {
        let encoder: ResponseEncoder
        let body: [UInt8]
        switch result {
        case .stored(let object, _):
            encoder = self.encoder(call, try await call.resource.converted([object]))
            body = try encoder.object(object)
        case .unstored(let object), .deleted(let object, _):
            encoder = self.encoder(call, ConvertedObjects())
            body = try encoder.object(object)
        }
        return .response(ServerResponse(code, contentType: encoder.contentType, body: [body]))
    }
}
