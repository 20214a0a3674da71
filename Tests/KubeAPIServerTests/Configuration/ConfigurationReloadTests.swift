import APIClient
import APIMachinery
import KubeAPIServer
import Synchronization
import TestKit
import Testing

/// A file whose content a test changes.
private final class ChangingFile: Sendable {
    private let content: Mutex<String>
    let changes: AsyncStream<Void>
    private let tell: AsyncStream<Void>.Continuation

    init(_ content: String) {
        self.content = Mutex(content)
        (changes, tell) = AsyncStream.makeStream(of: Void.self)
    }

    func write(_ text: String) {
        content.withLock { $0 = text }
        tell.yield()
    }

    func followed<Content: Sendable>(
        _ decode: @escaping @Sendable (String) throws -> Content
    ) -> FollowedFile<Content> {
        FollowedFile(
            path: "/etc/file", initial: Array(content.withLock { $0 }.utf8),
            read: { Array(self.content.withLock { $0 }.utf8) },
            decode: { try decode(String(decoding: $0, as: UTF8.self)) }, changes: { self.changes })
    }
}

/// Files of authentication and authorization that change while the server runs.
@Suite("Configuration reload", .timeLimit(.minutes(1)))
struct ConfigurationReloadTests {
    private struct Faulty: Error {}

    private static func counts(
        _ client: APIClient, _ purpose: String
    ) async throws -> (success: Double, failure: Double) {
        let page = try await client.transport.send(APIRequest(.get, "/metrics"))
        let name = "apiserver_\(purpose)_config_controller_automatic_reloads_total{"
        let lines = String(decoding: page.body, as: UTF8.self).split(separator: "\n").filter { $0.hasPrefix(name) }
        func count(_ status: String) -> Double {
            let line = lines.first { $0.contains("status=\"\(status)\"") }
            return line?.split(separator: " ").last.flatMap { Double($0) } ?? 0
        }
        return (count("success"), count("failure"))
    }

    private static func eventually(_ condition: () async throws -> Bool) async throws {
        for _ in 0..<200 {
            if try await condition() { return }
            try await Task.sleep(for: .milliseconds(200))
        }
        #expect(try await condition())
    }

    @Test("a changed file changes who may do what; a faulty one changes nothing and is counted")
    func authorization() async throws {
        let file = ChangingFile("rbac")
        let followed = file.followed { text -> AuthorizationSettings in
            var settings = AuthorizationSettings()
            switch text {
            case "rbac": settings.members = [.rbac]
            case "all": settings.members = [.rbac, .alwaysAllow]
            case "node": settings.members = [.node, .rbac]
            case _: throw Faulty()
            }
            return settings
        }
        try await InProcessCluster.with(configure: {
            $0.authorization.members = [.rbac]
            $0.authorizationFile = followed
        }) { cluster in
            let (admin, stranger) = (try cluster.client(), try cluster.client(user: "stranger", groups: []))
            func mayList() async -> Bool {
                (try? await stranger.transport.send(APIRequest(.get, "/api/v1/pods"))) != nil
            }
            #expect(await !mayList())
            file.write("all")
            try await Self.eventually { await mayList() }
            for faulty in ["nonsense", "node"] {
                let before = try await Self.counts(admin, "authorization").failure
                file.write(faulty)
                try await Self.eventually { try await Self.counts(admin, "authorization").failure == before + 1 }
                #expect(await mayList())
            }
            file.write("rbac")
            try await Self.eventually { await !mayList() }
            #expect(try await Self.counts(admin, "authorization").success == 2)
        }
    }

    @Test("a changed file changes who may stay nobody")
    func authentication() async throws {
        let file = ChangingFile("all")
        let followed = file.followed { text -> AuthenticationSettings in
            var settings = AuthenticationSettings()
            settings.anonymous = AnonymousAccess(isEnabled: true, paths: text == "all" ? nil : ["/livez"])
            return settings
        }
        try await InProcessCluster.with(configure: { $0.authenticationFile = followed }) { cluster in
            let nobody = InProcessTransport(pipeline: cluster.server.pipeline, certificates: [], userAgent: "nobody")
            func code(_ path: String) async -> Int {
                do throws(StatusError) { return try await nobody.send(APIRequest(.get, path)).code } catch {
                    return error.code
                }
            }
            #expect(await code("/version") == 200)
            file.write("livez")
            try await Self.eventually { await code("/version") == 401 }
            #expect(await code("/livez") == 200)
        }
    }
}
