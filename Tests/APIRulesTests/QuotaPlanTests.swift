import APIMachinery
import APIRules
import Testing

@Suite("Quotas and limit ranges")
struct QuotaPlanTests {
    private let pods = GroupResource(group: "", resource: "pods")

    private func quota(hard: Value, used: Value) -> Value {
        ["metadata": ["name": "q"], "spec": [:], "status": ["hard": hard, "used": used]]
    }

    private func pod(cpu: Value?) -> Value {
        ["spec": ["containers": [["name": "c", "resources": ["requests": cpu.map { ["cpu": $0] } ?? [:]]]]]]
    }

    @Test("a pod is charged for what it asks")
    func charge() {
        let quota = quota(hard: ["pods": "2", "cpu": "1"], used: ["pods": "1", "cpu": "500m"])
        let verdict = QuotaPlan.decide(quota: quota, object: pod(cpu: "500m"), old: nil, resource: pods)
        #expect(verdict == .charge(["pods": .units(1), "cpu": .milli(500)]))
        let charged = QuotaPlan.charged(quota, ["pods": .units(1), "cpu": .milli(500)])
        #expect(charged[path: "status", "used"] == ["pods": "2", "cpu": "1"])
    }

    @Test("what does not fit is refused in upstream's words")
    func refuse() {
        let full = quota(hard: ["pods": "1"], used: ["pods": "1"])
        #expect(
            QuotaPlan.decide(quota: full, object: pod(cpu: nil), old: nil, resource: pods)
                == .refuse("exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1"))
        let cpu = quota(hard: ["cpu": "1"], used: ["cpu": "0"])
        #expect(
            QuotaPlan.decide(quota: cpu, object: pod(cpu: nil), old: nil, resource: pods)
                == .refuse("failed quota: q: must specify cpu for: c"))
        let unknown = quota(hard: ["pods": "1"], used: [:])
        #expect(
            QuotaPlan.decide(quota: unknown, object: pod(cpu: nil), old: nil, resource: pods)
                == .refuse("status unknown for quota: q, resources: pods"))
    }

    @Test("a quota with a scope counts only what is in the scope")
    func scopes() {
        var terminating = quota(hard: ["pods": "0"], used: ["pods": "0"])
        terminating[path: "spec", "scopes"] = ["Terminating"]
        #expect(
            QuotaPlan.decide(quota: terminating, object: pod(cpu: nil), old: nil, resource: pods) == .unconcerned)
        var ending = pod(cpu: nil)
        ending[path: "spec", "activeDeadlineSeconds"] = 5
        #expect(
            QuotaPlan.decide(quota: terminating, object: ending, old: nil, resource: pods)
                == .refuse("exceeded quota: q, requested: pods=1, used: pods=0, limited: pods=0"))
    }

    @Test("a limit range fills in what is missing and names what is too much")
    func limits() {
        let range: Value = [
            "spec": [
                "limits": [
                    ["type": "Container", "default": ["cpu": "500m"], "defaultRequest": ["cpu": "100m"], "max": ["cpu": "1"]]
                ]
            ]
        ]
        var small: Value = ["metadata": [:], "spec": ["containers": [["name": "c"]]]]
        small.modifyFields { LimitRangePlan.setDefaults(&$0, ranges: [range]) }
        #expect(
            small[path: "spec", "containers"] == [
                ["name": "c", "resources": ["limits": ["cpu": "500m"], "requests": ["cpu": "100m"]]]
            ])
        #expect(
            small[path: "metadata", "annotations", LimitRangePlan.annotation]?.stringValue
                == "LimitRanger plugin set: cpu request for container c; cpu limit for container c")
        let large: Value = ["spec": ["containers": [["name": "c", "resources": ["limits": ["cpu": "2"]]]]]]
        #expect(
            LimitRangePlan.violations(pod: large, range: range) == [
                "maximum cpu usage per Container is 1, but limit is 2"
            ])
    }
}
