import APIMachinery
import APITypes
import Kubelet
import Testing

@Suite("NodeFitPlan")
struct NodeFitPlanTests {
    private func pod(_ name: String, _ requests: [String: Quantity]) -> Pod {
        var container = Container()
        container.name = "main"
        container.resources.requests = requests
        var pod = Pod()
        pod.metadata.name = name
        pod.spec.containers = [container]
        return pod
    }

    private let allocatable: [String: Quantity] = ["pods": .units(2), "cpu": .units(1), "example.com/gpu": .units(1)]

    @Test("a pod that asks for more than is left is told what lacks")
    func lacking() {
        let other = pod("other", ["cpu": .milli(600)])
        let refusal = NodeFitPlan.refusal(pod("new", ["cpu": .milli(600)]), beside: [other], on: [:], allocatable)
        #expect(refusal?.reason == "OutOfcpu")
        #expect(refusal?.message == "Node didn't have enough resource: cpu, requested: 600, used: 600, capacity: 1000")
        let many = [other, pod("third", [:])]
        #expect(NodeFitPlan.refusal(pod("new", [:]), beside: many, on: [:], allocatable)?.reason == "OutOfpods")
    }

    @Test("resources that the kubelet knows are counted, others are the scheduler's")
    func extended() {
        let greedy = pod("new", ["example.com/gpu": .units(2)])
        #expect(NodeFitPlan.refusal(greedy, beside: [], on: [:], allocatable)?.reason == "OutOfexample.com/gpu")
        let licensed = pod("new", ["example.com/licence": .units(2)])
        #expect(NodeFitPlan.refusal(licensed, beside: [], on: [:], allocatable) == nil)
    }
}
