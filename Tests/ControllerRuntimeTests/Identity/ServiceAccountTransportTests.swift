import APIClient
import APIMachinery
import APITypes
import ControllerRuntime
import Determinism
import Synchronization
import TestKit
import Testing

@Suite("ServiceAccountTransport", .timeLimit(.minutes(1)))
struct ServiceAccountTransportTests {
    /// Counts the tokens that are asked for.
    private final class Counter: APITransport {
        private let inner: any APITransport
        private let tokens = Mutex(0)

        init(_ inner: any APITransport) { self.inner = inner }

        var count: Int { tokens.withLock { $0 } }

        func send(_ request: APIRequest) async throws(StatusError) -> APIResponse {
            if request.path.hasSuffix("/token") { tokens.withLock { $0 += 1 } }
            return try await inner.send(request)
        }

        func watch(_ request: APIRequest) async throws(StatusError) -> AsyncThrowingStream<[UInt8], any Error> {
            try await inner.watch(request)
        }
    }

    private static let account: ObjectKey = "kube-system/job-controller"

    private func with(
        _ body: @Sendable @escaping (InProcessCluster, APIClient, Counter, ManualTimekeeper) async throws -> Void
    ) async throws {
        try await InProcessCluster.with { cluster in
            let manager = try cluster.client(user: "system:kube-controller-manager", groups: [])
            let counter = Counter(manager.transport)
            let time = ManualTimekeeper()
            let client = cluster.account(
                Self.account, issuer: APIClient(transport: counter, fieldManager: "test"), time: time)
            try await body(cluster, client, counter, time)
        }
    }

    @Test("who acts as an account has its name and its rights, no others; the account is made when missing")
    func identity() async throws {
        try await with { cluster, client, _, _ in
            let me = try await client.create(SelfSubjectReview())
            #expect(me.status.userInfo.username == "system:serviceaccount:kube-system:job-controller")
            _ = try await cluster.client().get(
                ServiceAccount.self, Self.account.name, namespace: Self.account.namespace)
            #expect(try await client.list(Job.self).items.isEmpty)
            let refusal = await #expect(throws: StatusError.self) { try await client.list(Secret.self) }
            #expect(refusal?.reason == .forbidden)
        }
    }

    @Test("many requests at once share one token; a new one is asked for before it ends")
    func renewal() async throws {
        try await with { _, client, counter, time in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<20 { group.addTask { _ = try await client.list(Job.self) } }
                try await group.waitForAll()
            }
            // The one that failed for want of an account, and the one that came.
            let first = counter.count
            #expect(first == 2)
            time.advance(by: .seconds(2879))
            _ = try await client.list(Job.self)
            #expect(counter.count == first)
            time.advance(by: .seconds(1))
            _ = try await client.list(Job.self)
            #expect(counter.count == first + 1)
        }
    }

    @Test("an account that was deleted is made anew, and its next request succeeds")
    func recreated() async throws {
        try await with { cluster, client, _, _ in
            _ = try await client.list(Job.self)
            try await cluster.client().delete(
                ServiceAccount.self, Self.account.name, namespace: Self.account.namespace)
            _ = try await client.list(Job.self)
        }
    }
}
