package import LinuxKernel

/// Brings the kernel from what it holds to what is wanted; remembers what it holds.
///
/// The first time, and after any failure, the whole table is written anew; otherwise only what changed.
package struct RuleKeeper: ~Copyable {
    /// What a change took.
    package struct Report: Sendable, Equatable {
        package var commandCount: Int
        package var isWhole: Bool
        package var forgottenFlows: Int
    }

    private let writer: any RuleWriter
    /// What the kernel holds; `nil` when nobody knows.
    private var applied: RulePlan?

    package init(_ writer: any RuleWriter) { self.writer = writer }

    /// Makes the kernel hold `wanted`. When it throws, the next call writes everything.
    package mutating func apply(_ wanted: RulePlan) async throws(ToolError) -> Report {
        let before = applied
        applied = nil
        let difference = before.map { .between($0.table, wanted.table) } ?? RuleDifference.whole(wanted.table)
        if !difference.text.isEmpty { try await writer.apply(difference.text) }
        let flows = FlowPlan.removals(from: before?.datagramTargets ?? [:], to: wanted.datagramTargets)
        if !flows.isEmpty { try await writer.forget(flows) }
        applied = wanted
        return Report(
            commandCount: difference.commandCount, isWhole: before == nil, forgottenFlows: flows.count)
    }
}
