package import APIMachinery
package import KeyValueStore
internal import Determinism

/// Create, update and delete objects of one resource: what all resources share.
///
/// The order of a write is upstream's: defaults, mutating admission, prepare, validate, validating
/// admission, store. A write that changes nothing is not written.
package final class ResourceStore: Sendable {
    /// How often a generated name may collide before the client is told.
    package static let generateNameAttemptsMax = 8
    /// How often an update is tried again when somebody else was faster.
    package static let conflictRetriesMax = 20

    package let definition: ResourceDefinition
    package let cache: ResourceCache
    package let state: ClusterState

    package init(definition: ResourceDefinition, cache: ResourceCache, state: ClusterState) {
        self.definition = definition
        self.cache = cache
        self.state = state
    }

    package var resource: GroupResource { definition.info.groupResource }

    /// The cache's key of an object.
    package func key(namespace: String, name: String) -> String {
        definition.info.isNamespaced ? "\(namespace)/\(name)" : name
    }

    package func get(_ name: String, namespace: String) throws(StatusError) -> CachedObject {
        guard let object = cache.get(key(namespace: namespace, name: name)) else {
            throw .notFound(resource, name)
        }
        return object
    }

    /// The object in the version that this store speaks.
    func value(of object: CachedObject) async throws(StatusError) -> Value {
        guard let conversion = definition.conversion else { return try object.value() }
        return try await conversion.read(object)
    }

    /// The object as it is to lie in the store.
    func stored(_ object: Value) async throws(StatusError) -> Value {
        guard let conversion = definition.conversion else { return object }
        return try await conversion.stored(object)
    }

    // MARK: Create

    /// Takes the object over: what nobody else holds is changed where it lies.
    package func create(
        _ sent: consuming Value, namespace: String, context: WriteContext
    ) async throws(StatusError) -> WriteResult {
        var object = sent
        try placeInNamespace(&object, namespace)
        if let version = object[path: "metadata", "resourceVersion"]?.stringValue, !version.isEmpty {
            throw .badRequest("resourceVersion should not be set on objects to be created")
        }
        let prefix = object[path: "metadata", "generateName"]?.stringValue ?? ""
        let isGenerated = (object[path: "metadata", "name"]?.stringValue ?? "").isEmpty && !prefix.isEmpty
        guard isGenerated else { return try await createOnce(object, namespace: namespace, context: context) }
        for attempt in 1... {
            object[path: "metadata", "name"] = .string(Self.generateName(prefix, context.random))
            do throws(StatusError) {
                return try await createOnce(object, namespace: namespace, context: context)
            } catch where error.reason == .alreadyExists {
                guard attempt < Self.generateNameAttemptsMax else {
                    throw .generateNameConflict(resource, object[path: "metadata", "name"]?.stringValue ?? "")
                }
            }
        }
        throw .internalError("unreachable: endless loop ended")
    }

    private func createOnce(
        _ sent: consuming Value, namespace: String, context: WriteContext
    ) async throws(StatusError) -> WriteResult {
        var object = sent
        definition.strategy.setDefaults(&object)
        fillSystemFields(&object, context)
        // Before admission, as upstream: who writes owns what is sent and its defaults, not what plugins add to it.
        try await context.track(nil, &object)
        try await context.mutate(&object, nil)
        definition.strategy.prepareForCreate(&object)
        let name = object[path: "metadata", "name"]?.stringValue ?? ""
        let errors =
            ObjectMetaRules.validate(object, isNamespaced: definition.info.isNamespaced, strategy: definition.strategy)
            + definition.strategy.validate(object) + context.judge(object, nil)
        guard errors.isEmpty else { throw .invalid(definition.info.groupVersionKind, name, errors) }
        try await context.review(object, nil)
        let key = key(namespace: namespace, name: name)
        if context.isDryRun {
            guard cache.get(key) == nil else { throw .alreadyExists(resource, name) }
            return .unstored(object)
        }
        if let existing = cache.get(key) {
            // Said before the store is asked: cheaper, and it names a deletion under way.
            if try existing.value()[path: "metadata", "deletionTimestamp"] != nil {
                var error = StatusError.alreadyExists(resource, name)
                error.message = "object is being deleted: \(error.message)"
                throw error
            }
            throw .alreadyExists(resource, name)
        }
        let stored = try await stored(object)
        do throws(StoreError) {
            return .stored(
                try await state.create(stored, key: key, in: cache, timeToLive: definition.timeToLive), wasChanged: true)
        } catch { throw StatusError(error, while: "create", resource, name) }
    }

    private func placeInNamespace(_ object: inout Value, _ namespace: String) throws(StatusError) {
        let sent = object[path: "metadata", "namespace"]?.stringValue ?? ""
        guard definition.info.isNamespaced else {
            object[path: "metadata", "namespace"] = nil
            return
        }
        if sent.isEmpty {
            object[path: "metadata", "namespace"] = .string(namespace)
        } else if sent != namespace {
            throw .badRequest("the namespace of the provided object does not match the namespace sent on the request")
        }
    }

    private func fillSystemFields(_ object: inout Value, _ context: WriteContext) {
        var metadata = object["metadata"] ?? .emptyObject
        object["metadata"] = nil
        metadata["deletionTimestamp"] = nil
        metadata["deletionGracePeriodSeconds"] = nil
        metadata["selfLink"] = nil
        metadata["uid"] = .string(context.random.uuid())
        metadata["creationTimestamp"] = .string(context.time.now.rfc3339)
        metadata["generation"] = definition.countsGenerations ? 1 : nil
        object["metadata"] = metadata
    }

    private static func generateName(_ prefix: String, _ random: any RandomSource) -> String {
        // Upstream: 63 in all, 5 of them random.
        String(prefix.prefix(58)) + random.nameSuffix()
    }

    // MARK: Update

    /// Replaces the object by what `transform` makes of the present one, trying again when somebody
    /// else writes in between, unless the client insisted on a resource version.
    package func update(
        _ name: String, namespace: String, scope: WriteScope = .main, context: WriteContext,
        transform: @Sendable (Value) async throws(StatusError) -> Value
    ) async throws(StatusError) -> WriteResult {
        let key = key(namespace: namespace, name: name)
        for attempt in 1... {
            let current = try get(name, namespace: namespace)
            var old = try await value(of: current)
            definition.strategy.revise(&old)
            let sent = try await transform(old)
            let sentVersion = sent[path: "metadata", "resourceVersion"]?.stringValue ?? ""
            let insists = !sentVersion.isEmpty && sentVersion != "0"
            if insists, sentVersion != String(current.revision) { throw .modified(resource, name) }
            if !insists, !definition.strategy.allowsUnconditionalUpdate {
                throw .invalid(
                    definition.info.groupVersionKind, name,
                    [.invalid("metadata.resourceVersion", Int64(0), "must be specified for an update")])
            }
            let object = try await prepareUpdate(sent, from: old, scope: scope, context: context)
            if Self.equalButForVersion(object, old), try definition.conversion?.isCurrent(current) ?? true {
                return .stored(current, wasChanged: false)
            }
            if context.isDryRun { return .unstored(object) }
            let goes = Self.isGoneAfter(object) && !definition.strategy.isHeld(object)
            let toStore = goes ? object : try await stored(object)
            do throws(StoreError) {
                if goes {
                    let revision = try await state.delete(key, ifAt: current.revision, in: cache)
                    return .deleted(object, revision)
                }
                let stored = try await state.update(
                    toStore, key: key, ifAt: current.revision, in: cache, timeToLive: definition.timeToLive)
                return .stored(stored, wasChanged: true)
            } catch where error.code == .revisionConflict && attempt < Self.conflictRetriesMax {
                continue
            } catch {
                throw StatusError(error, while: "update", resource, name)
            }
        }
        throw .internalError("unreachable: endless loop ended")
    }

    private func prepareUpdate(
        _ sent: Value, from old: Value, scope: WriteScope, context: WriteContext
    ) async throws(StatusError) -> Value {
        var object = sent
        let name = old[path: "metadata", "name"]?.stringValue ?? ""
        try keepSystemFields(&object, from: old)
        definition.strategy.setDefaults(&object)
        try await context.mutate(&object, old)
        switch scope {
        case .main: definition.strategy.prepareForUpdate(&object, from: old)
        case .status:
            definition.strategy.prepareForStatusUpdate(&object, from: old)
            definition.strategy.noteTimes(&object, from: old, now: context.time.now)
        case .subresource(let name): definition.strategy.prepareForUpdate(of: name, &object, from: old)
        case .other, .binding: break
        }
        if scope != .binding { countGeneration(&object, from: old) }
        try await context.track(old, &object)
        var errors = ObjectMetaRules.validateUpdate(object, from: old)
        switch scope {
        case .main: errors += definition.strategy.validateUpdate(object, from: old) + context.judge(object, old)
        case .status: errors += definition.strategy.validateStatusUpdate(object, from: old)
        case .subresource(let name): errors += definition.strategy.validateUpdate(of: name, object, from: old)
        case .other, .binding: break
        }
        guard errors.isEmpty else { throw .invalid(definition.info.groupVersionKind, name, errors) }
        try await context.review(object, old)
        return object
    }

    /// What no client may change is carried over; a different UID means a different object.
    private func keepSystemFields(_ object: inout Value, from old: Value) throws(StatusError) {
        var metadata = object["metadata"] ?? .emptyObject
        object["metadata"] = nil
        let name = old[path: "metadata", "name"]?.stringValue ?? ""
        if let uid = metadata["uid"]?.stringValue, !uid.isEmpty, uid != old[path: "metadata", "uid"]?.stringValue {
            throw .conflict(
                resource, name,
                "Precondition failed: UID in precondition: \(uid), UID in object meta: "
                    + (old[path: "metadata", "uid"]?.stringValue ?? ""))
        }
        for field in ["uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation"] {
            metadata[field] = old[path: "metadata", field]
        }
        if metadata["name"] == nil { metadata["name"] = old[path: "metadata", "name"] }
        if metadata["namespace"] == nil { metadata["namespace"] = old[path: "metadata", "namespace"] }
        metadata["selfLink"] = nil
        object["metadata"] = metadata
    }

    private func countGeneration(_ object: inout Value, from old: Value) {
        guard definition.countsGenerations, !wishes(of: object, areThoseOf: old) else { return }
        let generation = old[path: "metadata", "generation"]?.integerValue ?? 0
        object[path: "metadata", "generation"] = .integer(generation + 1)
    }

    /// Everything but metadata and status is what somebody wishes.
    private func wishes(of object: Value, areThoseOf old: Value) -> Bool {
        guard case .object(var left) = object, case .object(var right) = old else { return object == old }
        for name in definition.statusIsWish ? ["metadata"] : ["metadata", "status"] {
            left[name] = nil
            right[name] = nil
        }
        return left == right
    }

    /// True when the two differ in nothing but the resource version.
    private static func equalButForVersion(_ object: Value, _ old: Value) -> Bool {
        var left = object
        var right = old
        left[path: "metadata", "resourceVersion"] = nil
        right[path: "metadata", "resourceVersion"] = nil
        return left == right
    }

    /// An object marked for deletion goes when the last finalizer has.
    private static func isGoneAfter(_ object: Value) -> Bool {
        let metadata = object["metadata"]
        guard metadata?["deletionTimestamp"] != nil, (metadata?["finalizers"]?.arrayValue ?? []).isEmpty else {
            return false
        }
        return (metadata?["deletionGracePeriodSeconds"]?.integerValue ?? 0) == 0
    }
}

/// What came of a write.
package enum WriteResult: Sendable {
    case stored(CachedObject, wasChanged: Bool)
    /// A dry run.
    case unstored(Value)
    /// The write took the last finalizer of an object marked for deletion.
    case deleted(Value, Revision)
}
