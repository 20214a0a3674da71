package import APIMachinery
package import APITypes
internal import ControllerRuntime
package import Determinism

/// What to tell about a namespace that is being emptied, and when it is done.
package enum NamespacePlan {
    /// What came of one attempt.
    package struct Outcome: Sendable, Equatable {
        package var discoveryFailures: [String] = []
        package var deletionFailures: [String] = []
        package var remaining: [GroupResource: Int] = [:]
        package var finalizers: [String: Int] = [:]
        /// The longest grace period that anything left still has.
        package var longestGrace: Int64 = 0

        package init() {}

        mutating func add(_ objects: [ObjectMeta], of resource: ServerResource) {
            guard !objects.isEmpty else { return }
            remaining[resource.groupResource, default: 0] += objects.count
            for object in objects {
                longestGrace = max(longestGrace, object.deletionGracePeriodSeconds ?? 0)
                for finalizer in object.finalizers { finalizers[finalizer, default: 0] += 1 }
            }
        }
    }

    /// How long the finalizers of others may take; as upstream guesses.
    static let finalizerEstimate: Int64 = 15

    /// Pods, and everything else that can be deleted.
    static func order(_ resources: [ServerResource]) -> (pods: [ServerResource], others: [ServerResource]) {
        let deletable = resources.filter { $0.isNamespaced && $0.verbs.contains("delete") }
        return (deletable.filter(isPods), deletable.filter { !isPods($0) })
    }

    private static func isPods(_ resource: ServerResource) -> Bool {
        resource.group.isEmpty && resource.resource == "pods"
    }

    package static func isDone(_ outcome: Outcome) -> Bool {
        outcome.discoveryFailures.isEmpty && outcome.deletionFailures.isEmpty && outcome.remaining.isEmpty
    }

    /// When to look again.
    static func pause(_ outcome: Outcome) -> Duration {
        let estimate = outcome.finalizers.isEmpty ? outcome.longestGrace : max(outcome.longestGrace, finalizerEstimate)
        return .seconds(estimate / 2 + 1)
    }

    // MARK: Conditions

    package static func conditions(
        _ outcome: Outcome, before: [NamespaceCondition], now: Timestamp
    ) -> [NamespaceCondition] {
        let wanted = [
            discovery(outcome),
            condition(
                "NamespaceDeletionGroupVersionParsingFailure", false, "ParsedGroupVersions",
                "All legacy kube types successfully parsed"),
            deletion(outcome), remaining(outcome), finalizers(outcome),
        ]
        var conditions = before
        for var condition in wanted {
            guard let index = conditions.firstIndex(where: { $0.type == condition.type }) else {
                condition.lastTransitionTime = now
                conditions.append(condition)
                continue
            }
            let old = conditions[index]
            condition.lastTransitionTime = old.lastTransitionTime
            if old != condition { condition.lastTransitionTime = now }
            conditions[index] = condition
        }
        return conditions
    }

    private static func discovery(_ outcome: Outcome) -> NamespaceCondition {
        let failures = outcome.discoveryFailures.sorted()
        guard !failures.isEmpty else {
            return condition(
                "NamespaceDeletionDiscoveryFailure", false, "ResourcesDiscovered",
                "All resources successfully discovered")
        }
        return condition(
            "NamespaceDeletionDiscoveryFailure", true, "DiscoveryFailed",
            "Discovery failed for some groups, \(failures.count) failing: \(failures.joined(separator: ", "))")
    }

    private static func deletion(_ outcome: Outcome) -> NamespaceCondition {
        let failures = outcome.deletionFailures.sorted()
        guard !failures.isEmpty else {
            return condition(
                "NamespaceDeletionContentFailure", false, "ContentDeleted",
                "All content successfully deleted, may be waiting on finalization")
        }
        return condition(
            "NamespaceDeletionContentFailure", true, "ContentDeletionFailed",
            "Failed to delete all resource types, \(failures.count) remaining: \(failures.joined(separator: ", "))")
    }

    private static func remaining(_ outcome: Outcome) -> NamespaceCondition {
        let texts = outcome.remaining.map { "\($0.key.resource).\($0.key.group) has \($0.value) resource instances" }
        guard !texts.isEmpty else {
            return condition(
                "NamespaceContentRemaining", false, "ContentRemoved", "All content successfully removed")
        }
        return condition(
            "NamespaceContentRemaining", true, "SomeResourcesRemain",
            "Some resources are remaining: \(texts.sorted().joined(separator: ", "))")
    }

    private static func finalizers(_ outcome: Outcome) -> NamespaceCondition {
        let texts = outcome.finalizers.map { "\($0.key) in \($0.value) resource instances" }
        guard !texts.isEmpty else {
            return condition(
                "NamespaceFinalizersRemaining", false, "ContentHasNoFinalizers",
                "All content-preserving finalizers finished")
        }
        return condition(
            "NamespaceFinalizersRemaining", true, "SomeFinalizersRemain",
            "Some content in the namespace has finalizers remaining: \(texts.sorted().joined(separator: ", "))")
    }

    private static func condition(
        _ type: String, _ status: Bool, _ reason: String, _ message: String
    ) -> NamespaceCondition {
        var condition = NamespaceCondition()
        condition.type = type
        condition.status = status ? "True" : "False"
        condition.reason = reason
        condition.message = message
        return condition
    }
}
