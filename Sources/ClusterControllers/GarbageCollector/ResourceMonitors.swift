internal import APIClient
internal import APIMachinery
internal import APITypes
internal import ControllerRuntime
internal import Determinism
internal import Logging
internal import Synchronization

/// Watches the metadata of every resource that can be listed and watched, built in or custom, and keeps the
/// ``OwnerGraph``.
///
/// **Guarantees.** A change reaches the graph before the objects that it concerns are looked at. What is served is
/// asked again when a custom resource or an extension server comes or goes.
final class ResourceMonitors: Sendable {
    /// Never owned and too many.
    private static let ignored: Set<GroupResource> = [
        GroupResource(group: "", resource: "events"), GroupResource(group: "events.k8s.io", resource: "events"),
    ]
    /// Groups in whose objects new resources are declared.
    private static let declaring: Set<String> = ["apiextensions.k8s.io", "apiregistration.k8s.io"]
    /// A declared resource takes a moment until it is served.
    private static let settlingTime = Duration.seconds(1)
    private static let retry = Backoff(initial: .milliseconds(200), maximum: .seconds(30), jitter: 0.5)

    private struct State {
        var graph = OwnerGraph()
        var kinds: [GroupVersionKind: ServerResource] = [:]
        var monitored: Set<ServerResource> = []
        var look: [@Sendable (String) -> Void] = []
        var removed: [@Sendable (ServerResource, String) -> Void] = []
    }

    private let context: ControllerContext
    private let state = Mutex(State())
    private let refreshes: AsyncStream<Void>
    private let refresh: AsyncStream<Void>.Continuation

    init(_ context: ControllerContext) {
        self.context = context
        (refreshes, refresh) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        refresh.yield()
    }

    /// Calls with the UID of every object whose place in the graph has changed so that something may have to be done.
    func onAffected(_ handle: @escaping @Sendable (String) -> Void) { state.withLock { $0.look.append(handle) } }

    /// Calls with the resource and the namespace of every object that has gone.
    func onRemoval(_ handle: @escaping @Sendable (ServerResource, String) -> Void) {
        state.withLock { $0.removed.append(handle) }
    }

    // MARK: Reading

    func withGraph<Result>(_ read: (OwnerGraph) -> Result) -> Result { state.withLock { read($0.graph) } }

    /// The resource of an owner's kind in any version; `nil` when no such kind is served.
    func resource(of owner: OwnerReference) -> ServerResource? {
        let version = GroupVersion(owner.apiVersion)
        return state.withLock { state in
            let kind = GroupVersionKind(group: version.group, version: version.version, kind: owner.kind)
            if let exact = state.kinds[kind] { return exact }
            return state.kinds.first { $0.key.group == kind.group && $0.key.kind == kind.kind }?.value
        }
    }

    /// The server does not have the object although the graph does.
    func forget(_ uid: String) { enqueue(state.withLock { $0.graph.remove(uid) }) }

    /// Asks the server again what it serves, soon.
    func refreshSoon() { refresh.yield() }

    // MARK: Running

    /// Runs until cancelled.
    func run() async throws {
        try await withThrowingDiscardingTaskGroup { group in
            var failures = 0
            for await _ in refreshes {
                do throws(StatusError) {
                    let served = try await ServerResources.fetch(context.client)
                    learnKinds(served.resources)
                    for resource in unmonitored(served.resources) {
                        group.addTask { try await self.monitor(resource) }
                    }
                    failures = 0
                } catch {
                    context.logger.debug("discovery failed", metadata: ["error": "\(error)"])
                    try await context.time.sleep(for: Self.retry.delay(attempt: failures, random: context.random))
                    failures += 1
                    refresh.yield()
                }
                try await context.time.sleep(for: Self.settlingTime)
            }
            group.cancelAll()
        }
    }

    /// Resources that nobody watches yet, from now on watched by the caller.
    private func unmonitored(_ resources: [ServerResource]) -> [ServerResource] {
        let watchable = resources.filter {
            $0.verbs.isSuperset(of: ["list", "watch", "delete"]) && !Self.ignored.contains($0.groupResource)
        }
        return state.withLock { state in watchable.filter { state.monitored.insert($0).inserted } }
    }

    private func learnKinds(_ resources: [ServerResource]) {
        var kinds: [GroupVersionKind: ServerResource] = [:]
        for resource in resources {
            kinds[GroupVersionKind(group: resource.group, version: resource.version, kind: resource.kind)] = resource
        }
        state.withLock { $0.kinds = kinds }
    }

    // MARK: One resource

    /// Lists and watches until cancelled, or until the resource is served no more.
    private func monitor(_ resource: ServerResource) async throws {
        let collection = ResourceCollection(client: context.client, resource: resource)
        var machine = ReflectorStateMachine()
        var action = machine.start()
        var failures = 0
        while !Task.isCancelled {
            switch action {
            case .listAfterPause, .watchAfterPause:
                try await context.time.sleep(for: Self.retry.delay(attempt: failures, random: context.random))
                failures += 1
            case .list, .watch:
                break
            }
            switch action {
            case .list, .listAfterPause:
                do throws(StatusError) {
                    action = machine.listed(at: try await list(collection))
                    failures = 0
                } catch {
                    if error.reason == .notFound { return stopMonitoring(resource) }
                    action = machine.ended(.failed)
                }
            case .watch(let version), .watchAfterPause(let version):
                var seen = version
                let ending = await watch(collection, after: &seen)
                if seen != version {
                    machine.delivered(seen)
                    failures = 0
                }
                action = machine.ended(ending)
            }
        }
    }

    private func stopMonitoring(_ resource: ServerResource) {
        let affected = state.withLock { state in
            state.monitored.remove(resource)
            return state.graph.uids(of: resource).reduce(into: Set<String>()) { affected, uid in
                affected.formUnion(state.graph.remove(uid))
            }
        }
        enqueue(affected)
        refresh.yield()
    }

    private func list(_ collection: ResourceCollection) async throws(StatusError) -> String {
        let (objects, version) = try await collection.listWithVersion()
        let resource = collection.resource
        let affected = state.withLock { state in
            var affected: Set<String> = []
            var gone = state.graph.uids(of: resource)
            for object in objects {
                gone.remove(object.metadata.uid)
                affected.formUnion(state.graph.put(OwnerGraph.Node(object.metadata, of: resource)))
            }
            for uid in gone { affected.formUnion(state.graph.remove(uid)) }
            return affected
        }
        enqueue(affected)
        return version
    }

    private func watch(
        _ collection: ResourceCollection, after seen: inout String
    ) async -> ReflectorStateMachine.Ending {
        do {
            for try await frame in try await collection.watch(after: seen) {
                let event = try MetadataEvent(frame: frame)
                if let error = event.error { throw error }
                apply(event, of: collection.resource)
                seen = event.object.metadata.resourceVersion
            }
            return .closed
        } catch let error as StatusError where error.code == 410 {
            return .expired
        } catch let error as StatusError where error.reason == .notFound {
            // The list that follows finds out whether the resource has gone.
            return .expired
        } catch {
            return .failed
        }
    }

    private func apply(_ event: MetadataEvent, of resource: ServerResource) {
        guard event.type != "BOOKMARK" else { return }
        let metadata = event.object.metadata
        enqueue(
            state.withLock { state in
                event.type == "DELETED"
                    ? state.graph.remove(metadata.uid) : state.graph.put(OwnerGraph.Node(metadata, of: resource))
            })
        if event.type == "DELETED" {
            for handle in state.withLock({ $0.removed }) { handle(resource, metadata.namespace) }
        }
        if Self.declaring.contains(resource.group) { refresh.yield() }
    }

    private func enqueue(_ uids: Set<String>) {
        guard !uids.isEmpty else { return }
        for handle in state.withLock({ $0.look }) { for uid in uids { handle(uid) } }
    }
}

/// One event of a watch for metadata.
private struct MetadataEvent: Sendable {
    var type = ""
    var object = PartialObjectMetadata()
    var error: StatusError?

    init(frame: [UInt8]) throws(JSONError) {
        let read = try JSONReader.read(frame) { (reader) throws(JSONError) -> (String, PartialObjectMetadata, StatusError?) in
            var type = ""
            var object = PartialObjectMetadata()
            var error: StatusError?
            try reader.beginObject()
            while let key = try reader.nextKey() {
                switch key {
                case "type": type = try reader.readString()
                case "object" where type == "ERROR":
                    error = StatusError(status: try reader.readValue()) ?? .internalError("the watch failed")
                case "object": object = try PartialObjectMetadata(from: &reader)
                case _: try reader.skipValue()
                }
            }
            return (type, object, error)
        }
        (type, object, error) = read
    }
}
