internal import APIMachinery
internal import APIRegistry
internal import APIRules
internal import Determinism
internal import KeyValueStore
internal import Logging
internal import Synchronization

/// Serves the resources that CustomResourceDefinitions define, and says in their status that it does.
///
/// **Flow.** The cache of definitions names what has changed; one worker reads the definition anew, settles its names,
/// puts its versions into the catalog, and writes the status. A deleted definition takes its objects with it.
///
/// **Guarantees.** `Established` is said only of what is served already. A definition goes when its last object has.
final class CustomResourceServer: Sendable {
    /// How soon it is looked again after objects that still have finalizers, and after writes that failed.
    static let retryDelay = Duration.seconds(1)

    private struct Served {
        let uid: String
        let contents: Value
        let cache: ResourceCache
        let keys: [GroupVersionResource]
        /// Of the version in which objects lie, served or not.
        let store: ResourceStore
        let resource: GroupResource
        /// And how these are converted.
        let schemas: [String]
        let settledSince: Revision
    }

    private let catalog: ResourceCatalog
    private let state: ClusterState
    private let definitions: ResourceStore
    private let calls: WebhookCalls
    private let time: any Timekeeper
    private let random: any RandomSource
    private let transformer: @Sendable (GroupResource) -> any ValueTransformer
    private let logger: Logger
    private let served = Mutex<[String: Served]>([:])
    private let changed: AsyncStream<String>
    private let changes: AsyncStream<String>.Continuation

    init(
        catalog: ResourceCatalog, state: ClusterState, definitions: ResourceStore, calls: WebhookCalls,
        time: any Timekeeper, random: any RandomSource,
        transformer: @escaping @Sendable (GroupResource) -> any ValueTransformer, logger: Logger
    ) {
        self.catalog = catalog
        self.state = state
        self.definitions = definitions
        self.calls = calls
        self.time = time
        self.random = random
        self.transformer = transformer
        self.logger = logger
        (changed, changes) = AsyncStream.makeStream()
    }

    /// Serves what is defined already and follows the definitions from there.
    func start() async throws(StatusError) {
        for object in definitions.cache.list(ObjectFilter()).objects { _ = await reconcile(object.key) }
        let changes = changes
        try CacheFollower(definitions.cache) { _, object, _ in changes.yield(object.key) }.start()
    }

    /// Works until cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            for await name in changed {
                guard await reconcile(name) == .again else { continue }
                group.addTask {
                    // Cancelled: nobody waits for the next look.
                    guard (try? await self.time.sleep(for: Self.retryDelay)) != nil else { return }
                    self.changes.yield(name)
                }
            }
        }
    }

    // MARK: One definition

    private enum Outcome {
        case done
        case again
    }

    private func reconcile(_ name: String) async -> Outcome {
        do throws(StatusError) {
            guard let object = definitions.cache.get(name) else {
                let group = withdraw(name)
                try reconsider(group: group, except: name)
                return .done
            }
            let definition = try object.value()
            if definition[path: "metadata", "deletionTimestamp"] != nil { return try await end(definition, name, object.revision) }
            return try await offer(definition, name, object.revision)
        } catch {
            guard error.reason != .notFound, error.reason != .conflict else { return .done }
            logger.error("a definition cannot be served", metadata: ["name": "\(name)", "error": "\(error)"])
            return .again
        }
    }

    private func offer(_ definition: Value, _ name: String, _ revision: Revision) async throws(StatusError) -> Outcome {
        let plan = NamesPlan.decide(definition, others: try others(of: definition, except: name))
        var accepted = definition
        accepted[path: "status", "acceptedNames"] = plan.acceptedNames
        let wasEstablished = CustomConditions.isTrue("Established", in: definition)
        if plan.areAccepted || wasEstablished { try await serve(accepted, name, revision) }
        let isFresh = definition[path: "status", "acceptedNames"] != plan.acceptedNames
        try await writeStatus(name) { value, now in
            value[path: "status", "acceptedNames"] = plan.acceptedNames
            CustomConditions.set(plan.condition, in: &value, now: now)
            guard !wasEstablished else { return }
            CustomConditions.set(
                plan.areAccepted
                    ? .init("Established", true, "InitialNamesAccepted", "the initial names have been accepted")
                    : .init("Established", false, "NotAccepted", "not all names are accepted"),
                in: &value, now: now)
        }
        // Names may have become free for others.
        if isFresh { try reconsider(group: definition[path: "spec", "group"]?.stringValue ?? "", except: name) }
        return .done
    }

    private func others(of definition: Value, except name: String) throws(StatusError) -> [Value] {
        var others: [Value] = []
        for object in definitions.cache.list(ObjectFilter()).objects where object.key != name {
            let other = try object.value()
            if other[path: "spec", "group"] == definition[path: "spec", "group"] { others.append(other) }
        }
        return others
    }

    /// Looks again at definitions whose names were taken.
    private func reconsider(group: String, except name: String) throws(StatusError) {
        for object in definitions.cache.list(ObjectFilter()).objects where object.key != name {
            let other = try object.value()
            guard other[path: "spec", "group"]?.stringValue == group,
                CustomConditions.find("NamesAccepted", in: other)?["status"] == "False"
            else { continue }
            changes.yield(object.key)
        }
    }

    private func writeStatus(
        _ name: String, change: @escaping @Sendable (inout Value, Timestamp) -> Void
    ) async throws(StatusError) {
        let time = time
        _ = try await definitions.update(
            name, namespace: "", scope: .status, context: WriteContext(time: time, random: random)
        ) { old in
            var value = old
            change(&value, time.now)
            return value
        }
    }

    // MARK: Serving

    private func serve(_ definition: Value, _ name: String, _ revision: Revision) async throws(StatusError) {
        let serving = CustomServing(definition: definition, state: state, calls: calls)
        let uid = definition[path: "metadata", "uid"]?.stringValue ?? ""
        let before = served.withLock { $0[name] }
        if let before, before.uid == uid, before.contents == serving.contents { return }
        let fields = serving.selectableFields
        let cache: ResourceCache
        if let before, before.uid == uid, before.cache.fields.map(\.name) == fields.map(\.name) {
            cache = before.cache
        } else {
            if before != nil { _ = withdraw(name) }
            cache = state.addCache(serving.resource, fields: fields, transformer: transformer(serving.resource))
            do throws(StoreError) { try await state.load(cache) } catch {
                throw StatusError(error, while: "list", serving.resource, "")
            }
        }
        let strategy = definition[path: "spec", "conversion", "strategy"]?.stringValue ?? ""
        let schemas = [strategy] + (definition[path: "spec", "versions"]?.arrayValue ?? []).map {
            CustomVersion($0, in: definition).digest
        }
        let settledSince = before?.schemas == schemas && before?.cache === cache ? before?.settledSince ?? revision : revision
        let resources = serving.resources(cache, settledSince: settledSince)
        guard let storage = resources.first(where: { $0.info.storageVersion == $0.info.groupVersion }) else { return }
        let offered = resources.filter(serving.isServed)
        let keys = offered.map(\.info.groupVersionResource)
        catalog.replace(before?.keys ?? [], with: offered)
        served.withLock { served in
            served[name] = Served(
                uid: uid, contents: serving.contents, cache: cache, keys: keys, store: storage.store, resource: serving.resource,
                schemas: schemas, settledSince: settledSince)
        }
    }

    /// Serves a definition no longer; returns its group.
    private func withdraw(_ name: String) -> String {
        guard let gone = served.withLock({ $0.removeValue(forKey: name) }) else {
            return name.firstIndex(of: ".").map { String(name[name.index(after: $0)...]) } ?? ""
        }
        catalog.replace(gone.keys, with: [])
        state.removeCache(gone.resource)
        return gone.resource.group
    }

    // MARK: Ending

    private func end(_ definition: Value, _ name: String, _ revision: Revision) async throws(StatusError) -> Outcome {
        let finalizers = definition[path: "metadata", "finalizers"]?.arrayValue ?? []
        guard finalizers.contains(.string(CustomConditions.cleanupFinalizer)) else { return .done }
        let isEstablished = CustomConditions.isTrue("Established", in: definition)
        if isEstablished {
            try await serve(definition, name, revision)
            try await writeStatus(name) { value, now in
                CustomConditions.set(
                    .init("Terminating", true, "InstanceDeletionInProgress", "CustomResource deletion is in progress"),
                    in: &value, now: now)
            }
            guard try await deleteObjects(name) else { return .again }
        }
        try await release(name, isEstablished: isEstablished)
        return .done
    }

    /// Asks for the deletion of every object; true once none is left.
    private func deleteObjects(_ name: String) async throws(StatusError) -> Bool {
        guard let served = served.withLock({ $0[name] }) else { return true }
        let context = WriteContext(time: time, random: random)
        for object in served.cache.list(ObjectFilter()).objects {
            do throws(StatusError) {
                _ = try await served.store.delete(
                    String(object.name), namespace: String(object.namespace), request: DeletionRequest(),
                    context: context)
            } catch where error.reason == .notFound {}
        }
        return served.cache.count == 0
    }

    /// Lets the definition itself go.
    private func release(_ name: String, isEstablished: Bool) async throws(StatusError) {
        let time = time
        _ = try await definitions.update(
            name, namespace: "", scope: .other, context: WriteContext(time: time, random: random)
        ) { old in
            var value = old
            let finalizers = (old[path: "metadata", "finalizers"]?.arrayValue ?? []).filter {
                $0 != .string(CustomConditions.cleanupFinalizer)
            }
            value[path: "metadata", "finalizers"] = finalizers.isEmpty ? nil : .array(finalizers)
            CustomConditions.set(
                isEstablished
                    ? .init("Terminating", false, "InstanceDeletionCompleted", "removed all instances")
                    : .init("Terminating", false, "NeverEstablished", "resource was never established"),
                in: &value, now: time.now)
            return value
        }
    }
}
