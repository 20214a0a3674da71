package import LinuxKernel

/// The kernel's rules and remembered flows, as far as the proxy changes them.
package protocol RuleWriter: Sendable {
    /// Hands one transaction to the kernel, which takes all of it or nothing.
    func apply(_ transaction: String) async throws(ToolError)

    /// Makes the kernel forget flows. That there are none is no error.
    func forget(_ flows: Set<FlowPlan.Removal>) async throws(ToolError)
}

/// Writes through the tools `nft` and `conntrack`.
package struct ToolRuleWriter: RuleWriter {
    /// Upstream and we tell "there was nothing to delete" from a failure by this exit status.
    private static let nothingDeleted: Int32 = 1

    private let tools: SystemTools

    package init(_ tools: SystemTools) { self.tools = tools }

    package func apply(_ transaction: String) async throws(ToolError) {
        try await tools.succeed("nft", ["-f", "-"], input: transaction)
    }

    package func forget(_ flows: Set<FlowPlan.Removal>) async throws(ToolError) {
        for flow in flows {
            let result = try await tools.run("conntrack", flow.conntrackArguments)
            let code = result.status.code
            guard code == 0 || code == Self.nothingDeleted else {
                throw ToolError(.failed(code), "conntrack: \(result.errorText)")
            }
        }
    }
}
