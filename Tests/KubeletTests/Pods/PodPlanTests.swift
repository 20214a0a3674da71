import APITypes
import ContainerRuntime
import Determinism
import Kubelet
import Testing

@Suite("PodPlan")
struct PodPlanTests {
    let now = Timestamp.testEpoch + .seconds(1000)

    private func plan(
        _ pod: Pod, _ runtime: PodRuntime, probes: ProbeFindings = ProbeFindings(),
        backoff: RestartBackoff = RestartBackoff()
    ) -> PodPlan {
        PodPlan.decide(pod, runtime, now: now, probes: probes, backoff: backoff)
    }

    @Test("a new pod gets a sandbox and all its containers")
    func newPod() {
        let pod = Pod.sample(containers: [.sample("a"), .sample("b")])
        #expect(
            plan(pod, PodRuntime()).steps == [
                .createSandbox(attempt: 0), .startContainer(name: "a", attempt: 0),
                .startContainer(name: "b", attempt: 0),
            ])
    }

    @Test("a pod that runs is left alone")
    func steadyState() {
        let container = Container.sample()
        let plan = plan(.sample(containers: [container]), .with([.sample(container)]))
        #expect(plan == PodPlan())
    }

    @Test("init containers run one after the other, before the others")
    func initContainersInOrder() {
        let (first, second) = (Container.sample("first"), Container.sample("second"))
        let pod = Pod.sample { $0.spec.initContainers = [first, second] }
        #expect(
            plan(pod, PodRuntime()).steps == [.createSandbox(attempt: 0), .startContainer(name: "first", attempt: 0)])
        #expect(plan(pod, .with([.sample(first)])).steps == [])
        #expect(plan(pod, .with([.sample(first, .exited)])).steps == [.startContainer(name: "second", attempt: 0)])
        #expect(
            plan(pod, .with([.sample(second, .exited), .sample(first, .exited)])).steps
                == [.startContainer(name: "main", attempt: 0)])
    }

    @Test("a sidecar must have started before the next begins, and is restarted for ever")
    func sidecars() {
        let sidecar = Container.sample("proxy") {
            $0.restartPolicy = "Always"
            $0.startupProbe = Probe()
        }
        let main = Container.sample()
        let pod = Pod.sample(containers: [main]) {
            $0.spec.initContainers = [sidecar]
            $0.spec.restartPolicy = "Never"
        }
        #expect(plan(pod, .with([.sample(sidecar)])).steps == [])
        let started = ProbeFindings(startup: ["proxy-0": true])
        #expect(
            plan(pod, .with([.sample(sidecar)]), probes: started).steps == [.startContainer(name: "main", attempt: 0)])
        #expect(
            plan(pod, .with([.sample(main), .sample(sidecar, .exited, code: 1)])).steps
                == [.startContainer(name: "proxy", attempt: 1)])
        let done = plan(pod, .with([.sample(main, .exited), .sample(sidecar)]), probes: started)
        #expect(done.isFinished)
        #expect(done.steps == [.killPod(why: "all containers are done")])
    }

    @Test(
        "the restart policy decides what happens after an end",
        arguments: [
            ("Always", 0, true), ("Always", 1, true), ("OnFailure", 0, false), ("OnFailure", 1, true),
            ("Never", 1, false),
        ] as [(String, Int32, Bool)])
    func restartPolicy(policy: String, code: Int32, restarts: Bool) {
        let container = Container.sample()
        let pod = Pod.sample(containers: [container]) { $0.spec.restartPolicy = policy }
        let plan = plan(pod, .with([.sample(container, .exited, code: code)]))
        #expect(plan.steps.contains(.startContainer(name: "main", attempt: 1)) == restarts)
        #expect(plan.isFinished == !restarts)
    }

    @Test("the second crash waits ten seconds, counted from its end")
    func crashLoop() {
        let container = Container.sample()
        let pod = Pod.sample(containers: [container])
        var backoff = RestartBackoff()
        backoff.tried(PodPlan.restartKey(pod, container), since: now - .seconds(20), now: now - .seconds(20))
        let plan = plan(
            pod, .with([.sample(container, .exited, attempt: 1, code: 1, finished: now - .seconds(3))]),
            backoff: backoff)
        #expect(plan.steps == [])
        #expect(plan.wakeAfter == .seconds(7))
        #expect(
            plan.waiting["main"]
                == WaitingReason(
                    "CrashLoopBackOff",
                    "back-off 10s restarting failed container=main pod=web_default(uid-web)"))
    }

    @Test("failed liveness kills and restarts; without a restart it only kills")
    func liveness() {
        let container = Container.sample()
        let dead = ProbeFindings(liveness: ["main-0": false])
        #expect(
            plan(.sample(containers: [container]), .with([.sample(container)]), probes: dead).steps == [
                .killContainer(
                    id: "main-0", name: "main", message: "Container main failed liveness probe, will be restarted",
                    reason: .livenessProbe), .startContainer(name: "main", attempt: 1),
            ])
        let never = Pod.sample(containers: [container]) { $0.spec.restartPolicy = "Never" }
        #expect(
            plan(never, .with([.sample(container)]), probes: dead).steps == [
                .killContainer(
                    id: "main-0", name: "main", message: "Container main failed liveness probe", reason: .livenessProbe)
            ])
    }

    @Test("a new image replaces the container")
    func imageChanged() {
        let old = Container.sample()
        let new = Container.sample { $0.image = "example.com/main:2" }
        let plan = plan(.sample(containers: [new]), .with([.sample(old)]))
        #expect(plan.steps.last == .startContainer(name: "main", attempt: 1))
        #expect(plan.steps.count == 2)
    }

    @Test("a dead sandbox is replaced with everything in it")
    func sandboxDied() {
        let container = Container.sample()
        let runtime = PodRuntime(
            sandboxes: [.init(id: "s0", attempt: 0, isReady: false)],
            containers: [.sample(container, .exited, code: 137)])
        #expect(
            plan(.sample(containers: [container]), runtime).steps == [
                .killPod(why: "Pod sandbox changed, it will be killed and re-created."), .createSandbox(attempt: 1),
                .startContainer(name: "main", attempt: 1),
            ])
        let never = Pod.sample(containers: [container]) { $0.spec.restartPolicy = "Never" }
        #expect(plan(never, runtime).isFinished)
    }

    @Test("whatever the world looks like, nothing that runs well is started again and nothing starts twice")
    func neverStartsWhatRuns() {
        let random = SeededRandomSource(seed: 7)
        for _ in 0..<5000 {
            let specs = (0..<3).map { index in
                Container.sample("c\(index)") { if random.below(3) == 0 { $0.restartPolicy = "Always" } }
            }
            let inits = random.below(3)
            var pod = Pod.sample(containers: Array(specs[inits...]))
            pod.spec.initContainers = Array(specs[..<inits])
            pod.spec.restartPolicy = ["Always", "OnFailure", "Never"][random.below(3)]
            if random.below(8) == 0 { pod.metadata.deletionTimestamp = now }
            var runtime = PodRuntime.with()
            for spec in specs where random.below(4) > 0 {
                let state = [RuntimeContainerState.running, .exited, .created][random.below(3)]
                runtime.containers.append(.sample(spec, state, code: Int32(random.below(2))))
            }
            if random.below(4) == 0 { runtime.sandboxes[0].isReady = false }
            let plan = plan(pod, runtime)
            var killed: Set<String> = []
            var started: Set<String> = []
            for step in plan.steps {
                switch step {
                case .killPod: killed.formUnion(runtime.containers.map(\.name))
                case .killContainer(_, let name, _, _): killed.insert(name)
                case .startContainer(let name, _):
                    #expect(started.insert(name).inserted)
                    let runs = runtime.newest(name)?.state == .running
                    #expect(!runs || killed.contains(name), "\(name) in \(plan.steps)")
                case .createSandbox, .resizeContainers: break
                }
            }
            if plan.isFinished { #expect(started.isEmpty) }
        }
    }
}
