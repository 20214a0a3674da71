import APITypes
import ControllerRuntime
import Determinism
import Testing

@Suite("LeaderElectionPlan")
struct LeaderElectionPlanTests {
    private static let begin = Timestamp.testEpoch
    private static let now = begin + .seconds(100)

    private static func lease(_ holder: String?, transitions: Int32 = 3, seconds: Int32 = 15) -> LeaseSpec {
        var spec = LeaseSpec()
        spec.holderIdentity = holder
        spec.leaseDurationSeconds = seconds
        spec.leaseTransitions = transitions
        spec.acquireTime = begin
        spec.renewTime = begin
        return spec
    }

    private static func written(_ transitions: Int32, acquired: Timestamp = now) -> LeaseSpec {
        var spec = lease("me", transitions: transitions)
        spec.acquireTime = acquired
        spec.renewTime = now
        return spec
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let lease: LeaseSpec?
        /// For how long the lease has been seen unchanged.
        let unchanged: Duration
        let decision: LeaderElectionPlan.Decision

        init(
            _ sentence: String, _ lease: LeaseSpec?, unchanged: Duration = .zero,
            _ decision: LeaderElectionPlan.Decision
        ) {
            testDescription = sentence
            self.lease = lease
            self.unchanged = unchanged
            self.decision = decision
        }
    }

    static let cases = [
        Case("who finds no lease makes one", nil, .write(written(0), reason: "there was no lease")),
        Case("a lease just seen is its holder's, however old its times", lease("other"), .wait(holder: "other")),
        Case(
            "it is its holder's to the last moment", lease("other"), unchanged: .milliseconds(14_999),
            .wait(holder: "other")),
        Case(
            "a lease that stood still for its duration is free", lease("other"), unchanged: .seconds(15),
            .write(written(4), reason: "other let it expire")),
        Case(
            "the duration is what its holder promised, not what this process would", lease("other", seconds: 60),
            unchanged: .seconds(59), .wait(holder: "other")),
        Case(
            "a lease given back is free at once", lease("", seconds: 1),
            .write(written(4), reason: "the lease was given back")),
        Case("a lease of nobody is free", lease(nil), .write(written(4), reason: "the lease was given back")),
        Case(
            "the leader renews: neither the beginning nor the count changes", lease("me"), unchanged: .seconds(2),
            .write(written(3, acquired: begin), reason: "renewed")),
    ]

    @Test(arguments: cases)
    func decides(_ one: Case) throws {
        let settings = try LeaderElectionSettings(name: "test", identity: "me")
        let sighting = one.lease.map { LeaderElectionPlan.Sighting(spec: $0, since: .seconds(50)) }
        let decision = LeaderElectionPlan.decide(
            sighting, settings, now: Self.now, uptime: .seconds(50) + one.unchanged)
        #expect(decision == one.decision)
    }

    @Test("a lease read again has been seen since the first time, a renewed one since now")
    func sightings() {
        let first = LeaderElectionPlan.Sighting.next(after: nil, Self.lease("other"), uptime: .seconds(1))
        let same = LeaderElectionPlan.Sighting.next(after: first, Self.lease("other"), uptime: .seconds(5))
        #expect(same.since == .seconds(1))
        var renewed = Self.lease("other")
        renewed.renewTime = Self.now
        #expect(LeaderElectionPlan.Sighting.next(after: same, renewed, uptime: .seconds(9)).since == .seconds(9))
    }

    @Test("who gives a lease back leaves the count and no holder")
    func release() {
        let released = LeaderElectionPlan.released(Self.lease("me", transitions: 7), now: Self.now)
        #expect(released.holderIdentity == nil)
        #expect(released.leaseTransitions == 7)
        #expect(released.leaseDurationSeconds == 1)
    }

    @Test(
        "spans of time by which two could lead at once are refused",
        arguments: [
            (10, 10, 2, "leaseDuration must be greater than renewDeadline"),
            (15, 4, 4, "renewDeadline must be greater than retryPeriod*JitterFactor"),
            (0, 0, 0, "leaseDuration must be at least 1s, and retryPeriod greater than zero"),
        ])
    func settings(_ lease: Int, _ renew: Int, _ retry: Int, _ message: String) {
        let error = #expect(throws: LeaderElectionError.self) {
            try LeaderElectionSettings(
                name: "test", identity: "me", leaseDuration: .seconds(lease), renewDeadline: .seconds(renew),
                retryPeriod: .seconds(retry))
        }
        #expect(error?.message == message)
    }
}
