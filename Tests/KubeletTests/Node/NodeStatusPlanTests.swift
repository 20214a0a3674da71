import APIMachinery
import APITypes
import Determinism
import Kubelet
import LinuxKernel
import Testing

@Suite("NodeStatusPlan")
struct NodeStatusPlanTests {
    @Test("what others say the node has is all for pods, and what they no longer say is gone")
    func extendedResources() {
        let configuration = KubeletConfiguration(nodeName: "node-1", nodeIPs: ["192.0.2.1"])
        let machine = MachineCapacity(
            facts: MachineFacts.read(root: "/nowhere"), filesystemBytes: 1 << 30, configuration: configuration)
        let node = NodeStatusPlan(configuration: configuration, machine: machine)
        var old = NodeStatus()
        old.capacity = ["example.com/licence": .units(5), "cpu": .units(999)]
        old.allocatable = ["example.com/gone": .units(1)]
        let status = node.status(old, NodeFacts(now: Timestamp(nanoseconds: 0), serverPort: 10250))
        #expect(status.capacity["example.com/licence"] == .units(5))
        #expect(status.allocatable["example.com/licence"] == .units(5))
        #expect(status.allocatable["example.com/gone"] == nil)
        #expect(status.capacity["cpu"] == node.machine.capacity["cpu"])
    }
}
