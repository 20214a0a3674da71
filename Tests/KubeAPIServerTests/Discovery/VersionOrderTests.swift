import KubeAPIServer
import Testing

@Suite("The order of groups and versions")
struct VersionOrderTests {
    @Test func stableVersionsComeFirstAndTheNewestOfThem() {
        let sorted = ["v10", "v2", "v1", "v11beta2", "v10beta3", "v3beta1", "v12alpha1", "v11alpha2", "foo1", "foo10"]
        #expect(sorted.reversed().sorted(by: VersionOrder.isVersion) == sorted)
    }

    @Test func builtInGroupsComeBeforeCustomOnesAndMetricsLast() {
        let sorted = ["", "apps", "batch", "apiextensions.k8s.io", "a.example.com", "b.example.com", "metrics.k8s.io"]
        #expect(sorted.reversed().sorted(by: VersionOrder.isGroup) == sorted)
    }
}
