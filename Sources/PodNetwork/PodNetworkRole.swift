internal import APIMachinery
internal import APITypes
package import ControllerRuntime
package import Determinism
package import LinuxKernel
package import Logging
internal import Synchronization

/// Keeps one node's part of the pod network in step with the Nodes of the cluster.
///
/// **Flow.** Waits until its own Node has a pod network, and sets that up; from then on every change of
/// a Node is answered with the routes it asks for.
///
/// **Guarantees.** Heartbeats of Nodes cost a comparison only. What fails is tried again.
package struct PodNetworkRole: Sendable {
    /// After a failure, for example while a neighbour's link is not up yet.
    static let backoff = Backoff(initial: .milliseconds(500), maximum: .seconds(30), jitter: 0.2)

    private let options: NodeNetwork.Options
    private let informers: InformerFactory
    private let tools: SystemTools
    private let time: any Timekeeper
    private let random: any RandomSource
    private let logger: Logger

    /// `tools` say in which network namespace the node lives.
    package init(
        _ options: NodeNetwork.Options, informers: InformerFactory, tools: SystemTools, time: any Timekeeper,
        random: any RandomSource, logger: Logger
    ) {
        self.options = options
        self.informers = informers
        self.tools = tools
        self.time = time
        self.random = random
        self.logger = logger
    }

    /// Works until cancelled. What was set up stays: pods go on without us.
    package func run() async throws {
        let known = KnownNodes()
        let nodes = informers.informer(Node.self)
        nodes.addHandler { event in
            switch event {
            case .added(let node), .updated(_, let node): known.set(RoutedNode(node))
            case .deleted(let node): known.remove(node.metadata.name)
            }
        }
        await nodes.waitForSync()

        var failures = 0
        var configured: CIDR?
        known.ring()
        for await _ in known.changes {
            do {
                try await bring(known.nodes, &configured)
                failures = 0
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                logger.warning("pod network not set up", metadata: ["error": "\(error)"])
                try await time.sleep(for: Self.backoff.delay(attempt: failures, random: random))
                failures += 1
                known.ring()
            }
        }
        try Task.checkCancellation()
    }

    private func bring(_ nodes: [RoutedNode], _ configured: inout CIDR?) async throws {
        let network = NodeNetwork(options, tools: tools)
        if let podCIDR = nodes.first(where: { $0.name == options.nodeName })?.podCIDRs.first, podCIDR != configured {
            try await network.prepareKernel()
            try await network.configure(podCIDR: podCIDR)
            configured = podCIDR
            logger.info("pod network set up", metadata: ["podCIDR": "\(podCIDR)"])
        }
        let plan = try await network.route(to: nodes)
        for omission in plan.omitted {
            logger.debug(
                "no route to pods",
                metadata: [
                    "node": "\(omission.nodeName)", "podCIDR": "\(omission.destination)",
                    "reason": "\(omission.reason.rawValue)",
                ])
        }
        guard !plan.replaced.isEmpty || !plan.removed.isEmpty else { return }
        logger.info(
            "routes changed", metadata: ["set": "\(plan.replaced.count)", "removed": "\(plan.removed.count)"])
    }
}

/// The Nodes as others see them, with a bell that rings when one changes in a way that matters.
private final class KnownNodes: Sendable {
    private let state = Mutex<[String: RoutedNode]>([:])
    let changes: AsyncStream<Void>
    private let bell: AsyncStream<Void>.Continuation

    init() { (changes, bell) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1)) }

    var nodes: [RoutedNode] { state.withLock { Array($0.values) } }

    func ring() { bell.yield() }

    func set(_ node: RoutedNode) {
        let before = state.withLock { $0.updateValue(node, forKey: node.name) }
        if before != node { ring() }
    }

    func remove(_ name: String) {
        if state.withLock({ $0.removeValue(forKey: name) }) != nil { ring() }
    }
}
