import APIMachinery
import APITypes
import ClusterControllers
import Determinism
import TestKit
import Testing

@Suite("NamespacePlan")
struct NamespacePlanTests {
    private func messages(_ outcome: NamespacePlan.Outcome) -> [String: String] {
        let conditions = NamespacePlan.conditions(outcome, before: [], now: .testEpoch)
        return Dictionary(uniqueKeysWithValues: conditions.map { ("\($0.type)=\($0.status)", $0.message) })
    }

    @Test("an empty namespace is done, and says so in upstream's words")
    func done() {
        let outcome = NamespacePlan.Outcome()
        #expect(NamespacePlan.isDone(outcome))
        #expect(messages(outcome) == [
            "NamespaceDeletionDiscoveryFailure=False": "All resources successfully discovered",
            "NamespaceDeletionGroupVersionParsingFailure=False": "All legacy kube types successfully parsed",
            "NamespaceDeletionContentFailure=False":
                "All content successfully deleted, may be waiting on finalization",
            "NamespaceContentRemaining=False": "All content successfully removed",
            "NamespaceFinalizersRemaining=False": "All content-preserving finalizers finished",
        ])
    }

    @Test("what is left is told")
    func remaining() {
        var outcome = NamespacePlan.Outcome()
        outcome.remaining = [
            GroupResource(group: "", resource: "pods"): 2, GroupResource(group: "apps", resource: "deployments"): 1,
        ]
        outcome.finalizers = ["example.com/hold": 1]
        #expect(!NamespacePlan.isDone(outcome))
        let messages = messages(outcome)
        #expect(
            messages["NamespaceContentRemaining=True"]
                == "Some resources are remaining: deployments.apps has 1 resource instances, pods. has 2 resource instances")
        #expect(
            messages["NamespaceFinalizersRemaining=True"]
                == "Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances")
    }

    @Test("a group that cannot be looked into keeps the namespace")
    func discovery() {
        var outcome = NamespacePlan.Outcome()
        outcome.discoveryFailures = ["metrics.k8s.io/v1beta1: stale GroupVersion discovery: metrics.k8s.io/v1beta1"]
        #expect(!NamespacePlan.isDone(outcome))
        #expect(
            messages(outcome)["NamespaceDeletionDiscoveryFailure=True"]
                == "Discovery failed for some groups, 1 failing: metrics.k8s.io/v1beta1: stale GroupVersion discovery: "
                + "metrics.k8s.io/v1beta1")
    }
}
