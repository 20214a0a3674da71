import APIMachinery
import APITypes
import ContainerRuntime
import Determinism
import Kubelet
import Testing

@Suite("PodStatusPlan")
struct PodStatusPlanTests {
    let now = Timestamp.testEpoch + .seconds(100)

    private func status(_ pod: Pod, _ runtime: PodRuntime, _ change: (inout StatusFacts) -> Void = { _ in })
        -> PodStatus
    {
        var facts = StatusFacts(runtime: runtime, now: now, hostIPs: ["192.0.2.1"])
        change(&facts)
        return PodStatusPlan.status(pod, facts)
    }

    @Test(
        "the phase follows from the containers and the restart policy",
        arguments: [
            ("Always", [nil, nil], "Pending"), ("Always", [-1, nil], "Pending"), ("Always", [-1, -1], "Running"),
            ("Always", [0, 0], "Running"), ("OnFailure", [0, 1], "Running"), ("OnFailure", [0, 0], "Succeeded"),
            ("Never", [0, 1], "Failed"), ("Never", [0, 0], "Succeeded"), ("Never", [-1, 1], "Running"),
        ] as [(String, [Int32?], String)])
    func phase(policy: String, ends: [Int32?], phase: String) {
        let containers = [Container.sample("a"), .sample("b")]
        let pod = Pod.sample(containers: containers) { $0.spec.restartPolicy = policy }
        let records = zip(containers, ends).compactMap { container, end in
            end.map { PodRuntime.Container.sample(container, $0 < 0 ? .running : .exited, code: max($0, 0)) }
        }
        #expect(status(pod, .with(records)).phase == phase)
    }

    @Test("a container's own rules keep its pod running")
    func rules() {
        var rule = ContainerRestartRule()
        rule.action = "Restart"
        rule.exitCodes = ContainerRestartRuleOnExitCodes()
        rule.exitCodes?.operator = "In"
        rule.exitCodes?.values = [42]
        let container = Container.sample { $0.restartPolicyRules = [rule] }
        let pod = Pod.sample(containers: [container]) { $0.spec.restartPolicy = "Never" }
        #expect(status(pod, .with([.sample(container, .exited, code: 42)])).phase == "Running")
        #expect(status(pod, .with([.sample(container, .exited, code: 1)])).phase == "Failed")
    }

    @Test("a deleted pod ends in a final phase even if its policy would restart it")
    func finalPhase() {
        let container = Container.sample()
        let pod = Pod.sample(containers: [container])
        let ended = status(pod, .with([.sample(container, .exited, code: 143)])) { $0.isFinished = true }
        #expect(ended.phase == "Failed")
        #expect(ended.conditions.first { $0.type == "Ready" }?.reason == "PodFailed")
    }

    @Test("of a pod that is over, no container waits any more, unless it never came to its turn")
    func lastWords() {
        let finished: (inout StatusFacts) -> Void = { $0.isFinished = true }
        let lost = status(Pod.sample(), PodRuntime(), finished).containerStatuses.first?.state.terminated
        #expect(lost?.exitCode == 137 && lost?.reason == "ContainerStatusUnknown")
        let first = Container.sample("first")
        let pod = Pod.sample { $0.spec.initContainers = [first] }
        let never = status(pod, .with([.sample(first, .exited, code: 1)]), finished).containerStatuses.first
        #expect(never?.state.waiting?.reason == "PodInitializing")
    }

    @Test("of a pod that the node did not take, only the refusal is told")
    func rejection() {
        let told = status(Pod.sample(), PodRuntime()) {
            $0.isRejected = true
            $0.failure = WaitingReason("Evicted", "no")
        }
        #expect(told.phase == "Failed" && told.reason == "Evicted" && told.containerStatuses.isEmpty)
    }

    @Test("conditions of others stay, and transition times move only with the status")
    func conditions() {
        let container = Container.sample()
        var pod = Pod.sample(containers: [container])
        var gate = PodCondition()
        gate.type = "example.com/gate"
        gate.status = "False"
        pod.status.conditions = [gate]
        pod.status = status(pod, .with([.sample(container)]))
        #expect(pod.status.conditions.contains(gate))
        var facts = StatusFacts(runtime: .with([.sample(container)]), now: now + .seconds(50))
        facts.hostIPs = ["192.0.2.1"]
        #expect(PodStatusPlan.status(pod, facts) == pod.status)
        var readinessGate = PodReadinessGate()
        readinessGate.conditionType = "example.com/gate"
        pod.spec.readinessGates = [readinessGate]
        let ready = PodStatusPlan.status(pod, facts).conditions.first { $0.type == "Ready" }
        #expect(ready?.reason == "ReadinessGatesNotReady")
        #expect(
            ready?.message == "the status of pod readiness gate \"example.com/gate\" is not \"True\", but False")
        #expect(ready?.lastTransitionTime == now + .seconds(50))
    }

    @Test("a new generation alone is not news, what changes with it is")
    func generations() {
        var pod = Pod.sample(containers: [.sample()])
        let before = status(pod, PodRuntime())
        pod.status = before
        pod.metadata.generation += 1
        var after = status(pod, PodRuntime())
        #expect(after != before)
        #expect(!PodStatusPlan.saysMore(after, than: before))
        after.phase = "Failed"
        #expect(PodStatusPlan.saysMore(after, than: before))
    }

    @Test("a container is ready when its probe says so, and started when its startup probe does")
    func readiness() throws {
        let container = Container.sample {
            $0.readinessProbe = Probe()
            $0.startupProbe = Probe()
        }
        let pod = Pod.sample(containers: [container])
        func flags(_ findings: ProbeFindings) throws -> [Bool?] {
            let status = try #require(
                status(pod, .with([.sample(container)])) { $0.probes = findings }.containerStatuses.first)
            return [status.started, status.ready]
        }
        #expect(try flags(ProbeFindings()) == [false, false])
        #expect(try flags(ProbeFindings(startup: ["main-0": true])) == [true, false])
        #expect(try flags(ProbeFindings(startup: ["main-0": true], readiness: ["main-0": true])) == [true, true])
    }

    @Test("while init containers run, the others wait for them by name")
    func initializing() {
        let first = Container.sample("first")
        let pod = Pod.sample { $0.spec.initContainers = [first] }
        let status = status(pod, .with([.sample(first)]))
        #expect(status.phase == "Pending")
        #expect(status.containerStatuses.first?.state.waiting?.reason == "PodInitializing")
        let initialized = status.conditions.first { $0.type == "Initialized" }
        #expect(initialized?.message == "containers with incomplete status: [first]")
    }

    @Test("the patch names what changed, guards the identity, and leaves other conditions out")
    func patch() throws {
        let container = Container.sample()
        var pod = Pod.sample(containers: [container])
        pod.status = status(pod, .with([.sample(container)]))
        #expect(PodStatusPatch.make(from: pod.status, to: pod.status, uid: "u") == nil)
        let later = status(pod, .with([.sample(container, .exited, code: 1)]))
        let patch = try #require(PodStatusPatch.make(from: pod.status, to: later, uid: "u"))
        #expect(patch[path: "metadata", "uid"] == "u")
        let conditions = patch[path: "status", "conditions"]?.arrayValue ?? []
        #expect(conditions.compactMap { $0["type"]?.stringValue }.sorted() == ["ContainersReady", "Ready"])
        let back = try #require(PodStatusPatch.make(from: later, to: pod.status, uid: "u"))
        let ready = back[path: "status", "conditions"]?.arrayValue?.first { $0["type"] == "Ready" }
        #expect(ready?["reason"] == .null && ready?["message"] == .null, "what a condition says no more is taken back")
        #expect(patch[path: "status", "podIP"] == nil)
    }
}
