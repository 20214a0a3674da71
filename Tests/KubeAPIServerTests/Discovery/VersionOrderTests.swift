import APIMachinery
import KubeAPIServer
import Testing

@Suite("The order of groups and versions")
struct VersionOrderTests {
    @Test func stableVersionsComeFirstAndTheNewestOfThem() {
        let sorted = ["v10", "v2", "v1", "v11beta2", "v10beta3", "v3beta1", "v12alpha1", "v11alpha2", "foo1", "foo10"]
        #expect(sorted.reversed().sorted(by: VersionOrder.isVersion) == sorted)
    }

    @Test func builtInGroupsComeBeforeCustomOnesAndMetricsLast() {
        let sorted = [
            "apiregistration.k8s.io", "", "apps", "batch", "apiextensions.k8s.io", "example.com", "metrics.k8s.io",
        ]
        let priorities = sorted.map { APIServicePriority.usual(GroupVersion(group: $0, version: "v1")).group }
        #expect(priorities == priorities.sorted(by: >))
        #expect(Set(priorities).count == priorities.count)
    }
}
