internal import APIClient
internal import APIMachinery
internal import APITypes
internal import ContainerRuntime
internal import ControllerRuntime
internal import Determinism
internal import Logging
internal import Synchronization

/// Registers this node and says from time to time that it lives and how it fares.
///
/// One heartbeat drives everything that must be looked at regularly; between two of them the kubelet sleeps.
final class NodeReporter: Sendable {
    /// A quarter of the lease's duration, as upstream.
    static let heartbeat = Duration.seconds(10)
    /// How often a node that is not ready is looked at.
    static let impatience = Duration.milliseconds(100)
    static let leaseSeconds: Int32 = 40
    static let leaseNamespace = "kube-node-lease"
    /// A status that has not changed is written this often.
    static let statusPeriod = Duration.seconds(300)
    static let retry = Backoff(initial: .milliseconds(100), maximum: .seconds(7), jitter: 0.2)

    private struct State {
        var written: NodeStatus?
        var writtenAt = Duration.zero
        var nodeUID = ""
        var pressure = NodePressure()
    }

    private let services: KubeletServices
    private let plan: NodeStatusPlan
    private let serverPort: @Sendable () -> Int
    private let state = Mutex(State())

    init(services: KubeletServices, serverPort: @escaping @Sendable () -> Int) {
        self.services = services
        self.serverPort = serverPort
        plan = NodeStatusPlan(configuration: services.configuration, machine: services.machine)
    }

    func setPressure(_ pressure: NodePressure) { state.withLock { $0.pressure = pressure } }

    private var name: String { services.configuration.nodeName }

    /// Makes the Node, or takes over the one of that name; tries until it works or is cancelled.
    func register() async throws {
        var attempt = 0
        while true {
            do throws(StatusError) {
                let node = try await createOrAdopt()
                state.withLock { $0.nodeUID = node.metadata.uid }
                try await writeStatus(onto: node)
                return
            } catch {
                services.logger.info("the node is not registered yet", metadata: ["error": "\(error)"])
                try await services.time.sleep(for: Self.retry.delay(attempt: attempt, random: services.random))
                attempt += 1
            }
        }
    }

    private func createOrAdopt() async throws(StatusError) -> Node {
        do throws(StatusError) {
            return try await services.client.create(plan.node())
        } catch where error.reason == .alreadyExists {
            let node = try await services.client.get(Node.self, name)
            guard plan.labels.contains(where: { node.metadata.labels[$0.key] != $0.value }) else { return node }
            var labels = Value.emptyObject
            for (key, value) in plan.labels { labels[key] = .string(value) }
            return try await services.client.patch(Node.self, name, .merge(["metadata": ["labels": labels]]))
        }
    }

    /// Beats until cancelled; `onBeat` is called every time, before the status is looked at.
    func run(onBeat: @Sendable () async -> Void) async throws {
        while true {
            await renewLease()
            await onBeat()
            await reportStatus()
            try await waitForBeat()
        }
    }

    /// Sleeps until the next heartbeat, but looks often at a node that is not ready yet: pods wait for it.
    private func waitForBeat() async throws {
        let beat = services.time.uptime + Self.heartbeat
        while !isReady, services.time.uptime + Self.impatience < beat {
            try await services.time.sleep(for: Self.impatience)
            await reportStatus()
        }
        try await services.time.sleep(until: beat)
    }

    private var isReady: Bool {
        let status = services.node.get(ObjectKey(name: name))?.status ?? state.withLock { $0.written }
        return status?.conditions.contains { $0.type == "Ready" && $0.status == "True" } ?? false
    }

    // MARK: Lease

    private func renewLease() async {
        do throws(StatusError) {
            var body = Value.emptyObject
            body[path: "spec", "renewTime"] = .string(services.time.now.rfc3339Micro)
            body[path: "spec", "holderIdentity"] = .string(name)
            body[path: "spec", "leaseDurationSeconds"] = .integer(Int64(Self.leaseSeconds))
            do throws(StatusError) {
                _ = try await services.client.patch(Lease.self, name, namespace: Self.leaseNamespace, .merge(body))
            } catch where error.reason == .notFound {
                _ = try await services.client.create(lease())
            }
        } catch {
            services.logger.warning("the node's lease could not be renewed", metadata: ["error": "\(error)"])
        }
    }

    private func lease() -> Lease {
        var lease = Lease()
        lease.metadata.name = name
        lease.metadata.namespace = Self.leaseNamespace
        let uid = state.withLock { $0.nodeUID }
        if !uid.isEmpty {
            var owner = OwnerReference()
            owner.apiVersion = "v1"
            owner.kind = "Node"
            owner.name = name
            owner.uid = uid
            lease.metadata.ownerReferences = [owner]
        }
        lease.spec.holderIdentity = name
        lease.spec.leaseDurationSeconds = Self.leaseSeconds
        lease.spec.renewTime = services.time.now
        return lease
    }

    // MARK: Status

    /// Writes the status when it has changed, or has not been written for long.
    func reportStatus() async {
        let facts = await self.facts()
        let (written, writtenAt) = state.withLock { ($0.written, $0.writtenAt) }
        let known = services.node.get(ObjectKey(name: name))
        if let known { state.withLock { $0.nodeUID = known.metadata.uid } }
        if let base = known?.status ?? written {
            let status = plan.status(base, facts)
            if NodeStatusPlan.isSame(status, base), services.time.uptime - writtenAt < Self.statusPeriod { return }
        }
        do throws(StatusError) {
            try await writeStatus(onto: try await services.client.get(Node.self, name))
        } catch where error.reason == .notFound {
            services.logger.info("the node's object is gone, registering again")
            // Cancelled while registering: the kubelet is stopping.
            try? await register()
        } catch {
            services.logger.warning("the node's status could not be written", metadata: ["error": "\(error)"])
        }
    }

    private func writeStatus(onto node: Node) async throws(StatusError) {
        let status = plan.status(node.status, await facts())
        var value = Value.emptyObject
        let before = node.status.value.objectValue ?? Fields()
        for field in status.value.objectValue ?? Fields() where before[field.name] != field.value {
            value[field.name] = field.value
        }
        if value != .emptyObject {
            _ = try await services.client.patch(
                Node.self, name, subresource: "status", .strategic(["status": value]))
        }
        state.withLock { state in
            state.written = status
            state.writtenAt = services.time.uptime
        }
    }

    private func facts() async -> NodeFacts {
        var facts = NodeFacts(now: services.time.now, serverPort: serverPort())
        do throws(RuntimeServiceError) {
            facts.runtimeVersion = try await services.runtime.version()
            facts.runtimeStatus = try await services.runtime.status()
            facts.images = try await services.runtime.listImages()
        } catch {
            services.logger.warning("the container runtime does not answer", metadata: ["error": "\(error)"])
        }
        let pressure = state.withLock { $0.pressure }
        facts.hasMemoryPressure = pressure.memory
        facts.hasDiskPressure = pressure.disk
        facts.hasPIDPressure = pressure.processes
        return facts
    }
}

/// What the node is short of.
struct NodePressure: Sendable, Equatable {
    var memory = false
    var disk = false
    var processes = false
}
