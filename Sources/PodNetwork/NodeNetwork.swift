package import APIMachinery
package import LinuxKernel

/// One node's part of the pod network, set up in the kernel and on disk. Everything here may be done twice.
package struct NodeNetwork: Sendable {
    /// What the node's owner decides.
    package struct Options: Sendable {
        package var nodeName: String
        /// Where pods of all nodes have their addresses.
        package var clusterCIDRs: [CIDR]
        package var bridge: String
        /// The folder that the container runtime reads.
        package var cniDirectory: String
        /// Where the addresses in use are written down.
        package var stateDirectory: String

        package init(
            nodeName: String, clusterCIDRs: [CIDR], bridge: String = "apus0",
            cniDirectory: String = "/etc/cni/net.d", stateDirectory: String = "/var/lib/cni/networks"
        ) {
            self.nodeName = nodeName
            self.clusterCIDRs = clusterCIDRs
            self.bridge = bridge
            self.cniDirectory = cniDirectory
            self.stateDirectory = stateDirectory
        }
    }

    private let options: Options
    private let tools: SystemTools

    package init(_ options: Options, tools: SystemTools) {
        self.options = options
        self.tools = tools
    }

    /// Lets the kernel forward between pods, and lets its rules see what passes through a bridge: the
    /// answer of a pod to its neighbour must find the way back through the Service that was asked.
    package func prepareKernel() async throws(KernelError) {
        try await set("net.ipv4.ip_forward", to: "1")
        try await set("net.bridge.bridge-nf-call-iptables", to: "1")
    }

    /// Makes the node give addresses out of `podCIDR`, and its pods reach the world.
    package func configure(podCIDR: CIDR) async throws {
        let rules = MasqueradeRules(podCIDR: podCIDR, clusterCIDRs: options.clusterCIDRs)
        try await tools.succeed("nft", ["-f", "-"], input: rules.transaction())
        let configuration = CNIConfiguration(
            bridge: options.bridge, podCIDR: podCIDR, stateDirectory: options.stateDirectory)
        // The file comes last: the runtime calls the node's network ready when it is there.
        try Files.makeDirectory(options.cniDirectory)
        try Files.writeAtomically(
            "\(options.cniDirectory)/\(CNIConfiguration.fileName)", configuration.value.json)
    }

    /// Brings the routes to what `nodes` ask for, and returns what was done.
    package func route(to nodes: [RoutedNode]) async throws(ToolError) -> RoutePlan {
        let table = RouteTable(tools: tools)
        let plan = RoutePlan(nodes: nodes, own: options.nodeName, present: try await table.present())
        try await table.apply(plan)
        return plan
    }

    private func set(_ name: String, to value: String) async throws(KernelError) {
        try await KernelSettings.set(name, to: value, in: tools.networkNamespace)
    }
}
