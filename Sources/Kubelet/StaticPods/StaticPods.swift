internal import APIClient
internal import APIMachinery
internal import APITypes
internal import ControllerRuntime
internal import Determinism
internal import LinuxKernel
internal import Logging
internal import Synchronization

/// Runs the pods whose manifests lie in a directory, and shows them in the API as mirror pods.
///
/// They run whether or not the API server answers; what happens to a mirror never happens to its pod.
final class StaticPods: Sendable {
    /// How often the directory is read although nothing was said to have changed in it.
    static let period = Duration.seconds(20)
    /// A larger file is no manifest.
    static let sizeMax: Int64 = 1 << 20

    private struct State {
        /// By the name of the file.
        var pods: [String: Pod] = [:]
        var mirrors: [ObjectKey: Pod] = [:]
    }

    let directory: String
    private let nodeName: String
    private let client: APIClient
    private let node: Informer<Node>
    private let time: any Timekeeper
    private let logger: Logger
    private let state = Mutex(State())

    init(
        directory: String, nodeName: String, client: APIClient, node: Informer<Node>, time: any Timekeeper,
        logger: Logger
    ) {
        self.directory = directory
        self.nodeName = nodeName
        self.client = client
        self.node = node
        self.time = time
        self.logger = logger
    }

    // MARK: Manifests

    /// Reads the directory once: pods that have come and pods that have gone (a changed one is both).
    func read() -> (come: [Pod], gone: [Pod]) {
        var found: [String: Pod] = [:]
        for name in HostFiles.names(in: directory) where !name.hasPrefix(".") {
            let path = "\(directory)/\(name)"
            guard HostFiles.kind(path) == .file, (HostFiles.size(path) ?? 0) <= Self.sizeMax else { continue }
            do {
                found[name] = try StaticPodManifest.pod(
                    try HostFiles.read(path), node: nodeName, seen: time.now)
            } catch {
                logger.warning("a manifest cannot be used", metadata: ["path": "\(path)", "error": "\(error)"])
            }
        }
        return state.withLock { state in
            let (old, new) = (state.pods, found)
            let come = new.values.filter { pod in !old.values.contains { $0.metadata.uid == pod.metadata.uid } }
            let gone = old.values.filter { pod in !new.values.contains { $0.metadata.uid == pod.metadata.uid } }
            // A manifest that is still the same keeps the time at which it was seen first.
            state.pods = new.mapValues { pod in old.values.first { $0.metadata.uid == pod.metadata.uid } ?? pod }
            return (come, gone)
        }
    }

    /// Calls `onChange` whenever the directory may have changed, until cancelled.
    func follow(_ onChange: @escaping @Sendable () async -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            let changes = try? FileWatch.changes(in: directory)
            group.addTask { if let changes { for await _ in changes { await onChange() } } }
            group.addTask {
                while true {
                    try await self.time.sleep(for: Self.period)
                    await onChange()
                }
            }
            while try await group.next() != nil {}
        }
    }

    // MARK: Mirrors

    /// Takes note of a mirror that the API has or has no more; false for pods that are none.
    func seen(_ pod: Pod, isGone: Bool) -> Bool {
        guard pod.metadata.annotations[PodLabels.configMirror] != nil else { return false }
        let key = ObjectKey(namespace: pod.metadata.namespace, name: pod.metadata.name)
        state.withLock { state in
            if !isGone {
                state.mirrors[key] = pod
            } else if state.mirrors[key]?.metadata.uid == pod.metadata.uid {
                state.mirrors[key] = nil
            }
        }
        return true
    }

    /// Removes mirrors of pods that are gone or have changed, or that a user has deleted.
    func tidy() async {
        let (pods, mirrors) = state.withLock { ($0.pods.values.map(\.self), $0.mirrors.values.map(\.self)) }
        for mirror in mirrors {
            let version = mirror.metadata.annotations[PodLabels.configMirror]
            let isWanted = pods.contains {
                $0.metadata.namespace == mirror.metadata.namespace && $0.metadata.name == mirror.metadata.name
                    && $0.metadata.annotations[PodLabels.configHash] == version
            }
            if !isWanted || mirror.metadata.deletionTimestamp != nil { await remove(mirror) }
        }
    }

    /// Writes a static pod's status to its mirror, making that if need be. What fails is tried again at the next look.
    func write(_ status: PodStatus, of pod: Pod) async {
        let key = ObjectKey(namespace: pod.metadata.namespace, name: pod.metadata.name)
        do throws(StatusError) {
            var known = state.withLock { $0.mirrors[key] }
            if known == nil { known = try await create(pod) }
            guard let mirror = known, mirror.metadata.deletionTimestamp == nil,
                let patch = PodStatusPatch.make(from: mirror.status, to: status, uid: mirror.metadata.uid)
            else { return }
            let written = try await client.patch(
                Pod.self, key.name, namespace: key.namespace, subresource: "status", .strategic(patch))
            state.withLock { $0.mirrors[key] = written }
        } catch {
            if error.reason == .notFound || error.reason == .conflict { state.withLock { $0.mirrors[key] = nil } }
            logger.info(
                "a mirror pod could not be written", metadata: ["pod": "\(pod.formatted)", "error": "\(error)"])
        }
    }

    private func create(_ pod: Pod) async throws(StatusError) -> Pod? {
        // Without its node a mirror would belong to nobody.
        guard let node = self.node.get(ObjectKey(name: nodeName)) else { return nil }
        let mirror = try await client.create(StaticPodManifest.mirror(of: pod, owner: node))
        _ = seen(mirror, isGone: false)
        return mirror
    }

    private func remove(_ mirror: Pod) async {
        do throws(StatusError) {
            try await client.delete(
                Pod.self, mirror.metadata.name, namespace: mirror.metadata.namespace,
                options: DeletionOptions(gracePeriodSeconds: 0, uid: mirror.metadata.uid))
        } catch {
            guard error.reason != .notFound, error.reason != .conflict else { return }
            logger.info("a mirror pod could not be removed", metadata: ["error": "\(error)"])
        }
    }
}
