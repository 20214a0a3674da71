import APITypes
import Kubelet
import Testing

@Suite("ProbeStateMachine")
struct ProbeStateMachineTests {
    private func machine(_ kind: ProbeKind, success: Int32 = 1, failure: Int32 = 3) -> ProbeStateMachine {
        var probe = Probe()
        probe.successThreshold = success
        probe.failureThreshold = failure
        return ProbeStateMachine(kind, probe)
    }

    /// Which of the answers changed the finding.
    private func changes(_ machine: inout ProbeStateMachine, _ answers: [ProbeResult]) -> [Bool] {
        answers.map { machine.take($0) }
    }

    @Test("only so many answers in a row make a finding")
    func thresholds() {
        var machine = machine(.readiness, success: 2, failure: 2)
        let found = changes(&machine, [.success, .failure("x"), .success, .success])
        #expect(found == [false, false, false, true])
        #expect(machine.finding == true)
        let lost = changes(&machine, [.failure("x"), .error("counts for nothing"), .failure("x")])
        #expect(lost == [false, false, true])
        #expect(machine.finding == false)
    }

    @Test("a container that failed for good is not asked again; one that is unready is")
    func onHold() {
        var liveness = machine(.liveness, failure: 1)
        let killed = changes(&liveness, [.failure("x")])
        #expect(killed == [true] && liveness.isOnHold)
        var readiness = machine(.readiness, failure: 1)
        let unready = changes(&readiness, [.failure("x")])
        #expect(unready == [true] && !readiness.isOnHold)
        var startup = machine(.startup)
        let started = changes(&startup, [.success])
        #expect(started == [true] && startup.isOnHold)
    }
}
