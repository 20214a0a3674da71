import APIClient
import APIMachinery
import APITypes
import ControllerRuntime
import Determinism
import Synchronization
import TestKit
import Testing

@Suite("LeaderElector", .timeLimit(.minutes(1)))
struct LeaderElectorTests {
    /// A way to the server that can be cut.
    private final class Cable: APITransport {
        private let inner: any APITransport
        private let cut = Mutex(false)

        init(_ inner: any APITransport) { self.inner = inner }

        func pull() { cut.withLock { $0 = true } }

        func send(_ request: APIRequest) async throws(StatusError) -> APIResponse {
            if cut.withLock({ $0 }) { throw .serviceUnavailable("the cable is cut") }
            return try await inner.send(request)
        }

        func watch(_ request: APIRequest) async throws(StatusError) -> AsyncThrowingStream<[UInt8], any Error> {
            try await inner.watch(request)
        }
    }

    private struct Candidate: Sendable {
        let elector: LeaderElector
        let time = ManualTimekeeper()
        let cable: Cable

        init(_ name: String, _ cluster: InProcessCluster) throws {
            cable = Cable(try cluster.client().transport)
            let client = APIClient(transport: cable, fieldManager: name)
            let recorder = EventRecorder(
                client: client, component: name, time: time, random: cluster.random, logger: cluster.logger)
            elector = LeaderElector(
                try LeaderElectionSettings(name: "test", identity: name), client: client, recorder: recorder,
                time: time, random: SeededRandomSource(seed: 1), logger: cluster.logger)
        }

        /// Lets time pass, a step whenever so many sleep, until told that it is enough.
        func advance(sleepers: Int = 1, until isEnough: @Sendable () async throws -> Bool) async throws {
            while try await !isEnough() {
                if time.sleeperCount >= sleepers { time.advance(by: .seconds(1)) }
                await Task.yield()
            }
        }
    }

    private func holder(_ client: APIClient) async throws -> (name: String, transitions: Int32) {
        let lease = try await client.getIfPresent(Lease.self, "test", namespace: "kube-system")
        return (lease?.spec.holderIdentity ?? "", lease?.spec.leaseTransitions ?? -1)
    }

    /// Works until cancelled.
    private static func work() async throws {
        try await ManualTimekeeper().sleep(for: .seconds(1))
    }

    @Test("one leads, the other waits, and takes over at once when the lease is given back")
    func handover() async throws {
        try await InProcessCluster.with { cluster in
            let client = try cluster.client()
            let (first, second) = (try Candidate("first", cluster), try Candidate("second", cluster))
            try await withThrowingTaskGroup(of: Void.self) { group in
                let leading = Task { try await first.elector.run(lost: {}) { try await Self.work() } }
                while try await holder(client).name != "first" { await Task.yield() }
                group.addTask { try await second.elector.run(lost: {}) { try await Self.work() } }
                while second.time.sleeperCount == 0 { await Task.yield() }
                #expect(try await holder(client) == ("first", 0))
                leading.cancel()
                await #expect(throws: CancellationError.self) { try await leading.value }
                #expect(try await holder(client) == ("", 0))
                try await second.advance { try await holder(client).name == "second" }
                #expect(try await holder(client) == ("second", 1))
                group.cancelAll()
            }
        }
    }

    @Test("who cannot renew is told so within the deadline, and only then does the other begin")
    func loss() async throws {
        try await InProcessCluster.with { cluster in
            let client = try cluster.client()
            let (first, second) = (try Candidate("first", cluster), try Candidate("second", cluster))
            let lost = Mutex(Duration?.none)
            let outcome = Task {
                try await first.elector.run(lost: { lost.withLock { $0 = first.time.uptime } }) {
                    try await Self.work()
                }
            }
            while try await holder(client).name != "first" { await Task.yield() }
            first.cable.pull()
            // The pause before the next attempt, and the deadline.
            try await first.advance(sleepers: 2) { lost.withLock { $0 } != nil }
            await #expect(throws: LeaderElectionError.lost) { try await outcome.value }
            #expect(lost.withLock { $0 } == .seconds(10))
            #expect(try await holder(client).name == "first")
            let successor = Task { try await second.elector.run(lost: {}) { try await Self.work() } }
            try await second.advance { try await holder(client).name == "second" }
            #expect(second.time.uptime >= .seconds(15))
            #expect(try await holder(client).transitions == 1)
            successor.cancel()
            _ = await successor.result
        }
    }
}
