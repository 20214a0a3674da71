package import APIMachinery
internal import APITypes
package import ControllerRuntime
package import Determinism
package import LinuxKernel
package import Logging

/// Keeps one node's rules in step with Services and EndpointSlices.
///
/// **Flow.** Informers keep ``ProxyRecords``; whenever one matters, ``RulePlan`` decides the whole table
/// and ``RuleKeeper`` tells the kernel the difference.
///
/// **Guarantees.** Nothing is written before all records are there, so a restart breaks no connection.
/// Changes that come while the kernel is busy are taken together.
package struct ServiceProxyRole: Sendable {
    /// What the node's owner decides.
    package struct Options: Sendable {
        package var nodeName: String
        /// Where pods get their addresses.
        package var clusterCIDRs: [CIDR]
        /// The table's name; nodes that share a network namespace need different ones.
        package var tableName: String

        package init(nodeName: String, clusterCIDRs: [CIDR], tableName: String = "apus") {
            self.nodeName = nodeName
            self.clusterCIDRs = clusterCIDRs
            self.tableName = tableName
        }
    }

    /// After a failure. The kernel refuses rarely, and then something else is changing its rules.
    static let backoff = Backoff(initial: .milliseconds(200), maximum: .seconds(30), jitter: 0.2)
    /// How long changes are gathered: they come in bursts, one of each kind.
    static let gathering = Duration.milliseconds(10)

    private let options: Options
    private let informers: InformerFactory
    private let tools: SystemTools
    private let time: any Timekeeper
    private let random: any RandomSource
    private let logger: Logger

    /// `tools` say in which network namespace the node lives.
    package init(
        _ options: Options, informers: InformerFactory, tools: SystemTools, time: any Timekeeper,
        random: any RandomSource, logger: Logger
    ) {
        self.options = options
        self.informers = informers
        self.tools = tools
        self.time = time
        self.random = random
        self.logger = logger
    }

    /// Works until cancelled. The rules stay: pods go on without us.
    package func run() async throws {
        await prepareKernel()
        let records = ProxyRecords(ProxyNode(name: options.nodeName, clusterCIDRs: options.clusterCIDRs))
        let services = informers.informer(Service.self)
        let slices = informers.informer(EndpointSlice.self)
        let nodes = informers.informer(Node.self, fieldSelector: "metadata.name=\(options.nodeName)")
        services.addHandler { records.take($0) }
        slices.addHandler { records.take($0) }
        nodes.addHandler { records.take($0) }
        await services.waitForSync()
        await slices.waitForSync()
        try await keepRules(records)
    }

    private func keepRules(_ records: ProxyRecords) async throws {
        var keeper = RuleKeeper(ToolRuleWriter(tools))
        var failures = 0
        records.ring()
        for await _ in records.changes {
            try await time.sleep(for: Self.gathering)
            let start = time.uptime
            do throws(ToolError) {
                let report = try await keeper.apply(RulePlan(records.snapshot, tableName: options.tableName))
                failures = 0
                guard report.commandCount > 0 else { continue }
                logger.debug(
                    "rules written",
                    metadata: [
                        "commands": "\(report.commandCount)", "whole": "\(report.isWhole)",
                        "forgottenFlows": "\(report.forgottenFlows)", "took": "\(time.uptime - start)",
                    ])
            } catch {
                logger.warning("rules not written", metadata: ["error": "\(error)", "failures": "\(failures)"])
                try await time.sleep(for: Self.backoff.delay(attempt: failures, random: random))
                failures += 1
                records.ring()
            }
        }
        try Task.checkCancellation()
    }

    /// Node ports on 127.0.0.1 leave the machine with a loopback address, which the kernel must allow;
    /// the rules guard what that opens.
    private func prepareKernel() async {
        do throws(KernelError) {
            try await KernelSettings.set("net.ipv4.conf.all.route_localnet", to: "1", in: tools.networkNamespace)
        } catch {
            logger.warning("node ports will not answer on loopback", metadata: ["error": "\(error)"])
        }
    }
}
