package import APIClient
package import APITypes
package import ControllerRuntime
package import Determinism
package import Logging
internal import APIMachinery
internal import Synchronization

/// Keeps the ConfigMaps and Secrets that this node's pods refer to, each by a watch of its own, and no others:
/// a node may read nothing else.
package final class ObjectWatcher: ConfigurationSource, Sendable {
    /// How long a watch that failed waits.
    static let backoff = Backoff(initial: .milliseconds(500), maximum: .seconds(30), factor: 2, jitter: 0.3)

    package enum Kind: Sendable, Hashable { case configMap, secret }

    package struct Reference: Sendable, Hashable {
        package var kind: Kind
        package var key: ObjectKey
    }

    private struct Entry {
        /// UIDs of the pods that refer to it.
        var pods: Set<String> = []
        var configMap: ConfigMap?
        var secret: Secret?
        var isKnown = false
        var watch: Task<Void, Never>?
    }

    private let client: APIClient
    private let time: any Timekeeper
    private let random: any RandomSource
    private let logger: Logger
    private let onChange: @Sendable (String) -> Void
    private let entries = Mutex<[Reference: Entry]>([:])

    /// - Parameter onChange: Called with the UID of each pod that refers to an object that has changed.
    package init(
        client: APIClient, time: any Timekeeper, random: any RandomSource, logger: Logger,
        onChange: @escaping @Sendable (String) -> Void
    ) {
        self.client = client
        self.time = time
        self.random = random
        self.logger = logger
        self.onChange = onChange
    }

    /// From now on the pod refers to exactly these.
    package func setReferences(_ references: Set<Reference>, ofPod uid: String) {
        let ended = entries.withLock { entries in
            var ended: [Task<Void, Never>] = []
            for reference in references where entries[reference]?.pods.insert(uid) == nil {
                entries[reference] = Entry(pods: [uid])
            }
            for (reference, entry) in entries where entry.pods.contains(uid) && !references.contains(reference) {
                entries[reference]?.pods.remove(uid)
                if entry.pods.count == 1 {
                    if let watch = entry.watch { ended.append(watch) }
                    entries[reference] = nil
                }
            }
            return ended
        }
        for watch in ended { watch.cancel() }
    }

    package func configMap(_ name: String, namespace: String) async throws -> ConfigMap? {
        let reference = Reference(kind: .configMap, key: ObjectKey(namespace: namespace, name: name))
        if let known = entries.withLock({ $0[reference].flatMap { $0.isKnown ? Optional($0.configMap) : nil } }) {
            return known
        }
        let object = try await client.getIfPresent(ConfigMap.self, name, namespace: namespace)
        remember(reference) { $0.configMap = object }
        return object
    }

    package func secret(_ name: String, namespace: String) async throws -> Secret? {
        let reference = Reference(kind: .secret, key: ObjectKey(namespace: namespace, name: name))
        if let known = entries.withLock({ $0[reference].flatMap { $0.isKnown ? Optional($0.secret) : nil } }) {
            return known
        }
        let object = try await client.getIfPresent(Secret.self, name, namespace: namespace)
        remember(reference) { $0.secret = object }
        return object
    }

    /// Everything stops.
    package func shutDown() {
        let all = entries.withLock { entries in
            defer { entries = [:] }
            return entries.values.compactMap(\.watch)
        }
        for watch in all { watch.cancel() }
    }

    private func remember(_ reference: Reference, _ set: (inout Entry) -> Void) {
        entries.withLock { entries in
            guard entries[reference] != nil else { return }
            // A watch that was faster knows better.
            if entries[reference]?.isKnown != true, var entry = entries[reference] {
                set(&entry)
                entry.isKnown = entry.configMap != nil || entry.secret != nil
                entries[reference] = entry
            }
            if entries[reference]?.watch == nil {
                entries[reference]?.watch = Task { await self.watch(reference) }
            }
        }
    }

    private func watch(_ reference: Reference) async {
        switch reference.kind {
        case .configMap: await follow(reference, ConfigMap.self) { $0.configMap = $1 }
        case .secret: await follow(reference, Secret.self) { $0.secret = $1 }
        }
    }

    /// Lists and watches one object by its name until cancelled.
    private func follow<T: APIObject>(
        _ reference: Reference, _ type: T.Type, _ set: @escaping @Sendable (inout Entry, T?) -> Void
    ) async {
        var failures = 0
        while !Task.isCancelled {
            do {
                var options = ListOptions(fieldSelector: "metadata.name=\(reference.key.name)")
                let list = try await client.list(type, namespace: reference.key.namespace, options: options)
                change(reference, list.items.first, set)
                options.resourceVersion = list.metadata.resourceVersion
                failures = 0
                for try await frame in try await client.watch(
                    type, namespace: reference.key.namespace, options: options)
                {
                    switch try WatchEvent<T>(frame: frame) {
                    case .added(let object), .modified(let object): change(reference, object, set)
                    case .deleted: change(reference, nil, set)
                    case .bookmark: break
                    case .error(let error): throw error
                    }
                }
            } catch {
                logger.debug(
                    "watch of an object failed", metadata: ["object": "\(reference.key)", "error": "\(error)"])
                let pause = Self.backoff.delay(attempt: failures, random: random)
                failures += 1
                // Cancelled while pausing: the loop's condition ends it.
                try? await time.sleep(for: pause)
            }
        }
    }

    private func change<T: APIObject>(
        _ reference: Reference, _ object: T?, _ set: @Sendable (inout Entry, T?) -> Void
    ) {
        let pods = entries.withLock { entries -> Set<String> in
            guard var entry = entries[reference] else { return [] }
            let before = entry.configMap?.metadata.resourceVersion ?? entry.secret?.metadata.resourceVersion
            let wasKnown = entry.isKnown
            set(&entry, object)
            entry.isKnown = true
            entries[reference] = entry
            return wasKnown && before == object?.metadata.resourceVersion ? [] : entry.pods
        }
        for pod in pods { onChange(pod) }
    }
}

extension Pod {
    /// All ConfigMaps and Secrets that the pod's variables, volumes and images need.
    package var configurationReferences: Set<ObjectWatcher.Reference> {
        var references: Set<ObjectWatcher.Reference> = []
        func add(_ kind: ObjectWatcher.Kind, _ name: String?) {
            guard let name, !name.isEmpty else { return }
            references.insert(
                ObjectWatcher.Reference(kind: kind, key: ObjectKey(namespace: metadata.namespace, name: name)))
        }
        for container in allContainers {
            for origin in container.envFrom {
                add(.configMap, origin.configMapRef?.name)
                add(.secret, origin.secretRef?.name)
            }
            for variable in container.env {
                add(.configMap, variable.valueFrom?.configMapKeyRef?.name)
                add(.secret, variable.valueFrom?.secretKeyRef?.name)
            }
        }
        for volume in spec.volumes {
            add(.configMap, volume.configMap?.name)
            add(.secret, volume.secret?.secretName)
            for part in volume.projected?.sources ?? [] {
                add(.configMap, part.configMap?.name)
                add(.secret, part.secret?.name)
            }
        }
        for secret in spec.imagePullSecrets { add(.secret, secret.name) }
        return references
    }
}
