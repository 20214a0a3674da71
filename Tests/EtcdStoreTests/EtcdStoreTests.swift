import Determinism
import EtcdStore
import KeyValueStore
import StoreConformance
import Synchronization
import Testing

@Suite("EtcdStore")
struct EtcdStoreTests {
    @Test("conforms, in the clear and over TLS with certificates", arguments: [false, true])
    func conforms(_ isSecure: Bool) async throws {
        try await withTemporaryDirectory { directory in
            let certificates = isSecure ? try Certificates(in: directory) : nil
            try await EtcdServer.with(certificates: certificates, in: directory) { servers in
                let options = certificates.options(servers.map(\.url))
                for (number, check) in StoreContract.checks.enumerated() {
                    let store = try EtcdStore(options, logger: .silent)
                    let subject = StoreContract.Subject(
                        store, root: "/registry-\(number)/", deliversBeforeReturning: false
                    ) { _ in }
                    do { try await check.run(against: subject) } catch { Issue.record("\(check): \(error)") }
                    await store.close()
                }
            }
        }
    }

    @Test("without a certificate, or with an authority that vouches for nobody, nothing is served")
    func refusesStrangers() async throws {
        try await withTemporaryDirectory { directory in
            let certificates = try Certificates(in: directory)
            try await EtcdServer.with(certificates: certificates, in: directory) { servers in
                for options in [
                    EtcdStoreOptions(endpoints: [servers[0].url], authorityFile: certificates.authority),
                    EtcdStoreOptions(
                        endpoints: [servers[0].url, servers[0].url], authorityFile: certificates.client,
                        certificateFile: certificates.client, keyFile: certificates.clientKey),
                ] {
                    let store = try EtcdStore(options, logger: .silent)
                    let refusal = await #expect(throws: StoreError.self) {
                        try await store.create("/a", [1], timeToLive: nil)
                    }
                    #expect(refusal?.code == .unavailable)
                    await store.close()
                }
            }
        }
    }

    @Test("of two servers one compacts, through what it saw a round ago")
    func compaction() async throws {
        try await withTemporaryDirectory { directory in
            try await EtcdServer.with(in: directory) { servers in
                let store = try EtcdStore(EtcdStoreOptions(endpoints: [servers[0].url]), logger: .silent)
                let time = ManualTimekeeper()
                let compactor = EtcdCompactor(store, interval: .seconds(300), time: time, logger: .silent)
                let first = try await store.create("/a", [1], timeToLive: nil)
                let mine = try await compactor.advance(.first)
                let theirs = try await compactor.advance(.first)
                #expect(mine.version == 1 && theirs.version == 1)
                let second = try await store.update("/a", ifAt: first, to: [2], timeToLive: nil)
                #expect(try await store.get("/a", at: first)?.value == [1])
                #expect(try await compactor.advance(theirs).version == 2)
                await #expect(throws: StoreError.self) { try await store.get("/a", at: first) }
                #expect(try await store.get("/a", at: second)?.value == [2])
                let late = try await compactor.advance(mine)
                #expect(late.version == 2)
                #expect(try await store.get("/a", at: second)?.value == [2])
                await store.close()
            }
        }
    }

    @Test("one connection outlives many replies, which Go servers follow with pings")
    func outlivesPings() async throws {
        try await withTemporaryDirectory { directory in
            try await EtcdServer.with(in: directory) { servers in
                let store = try EtcdStore(EtcdStoreOptions(endpoints: [servers[0].url]), logger: .silent)
                for _ in 0..<1_500 { _ = try await store.get("/a", at: nil) }
                var last = try await store.create("/a", [0], timeToLive: nil)
                for _ in 0..<500 { last = try await store.update("/a", ifAt: last, to: [1], timeToLive: nil) }
                await store.close()
            }
        }
    }

    @Test("a watch goes on without a gap when its server is killed and starts again")
    func watchSurvivesRestart() async throws {
        try await withTemporaryDirectory { directory in
            try await EtcdServer.with(in: directory) { servers in
                let store = try EtcdStore(EtcdStoreOptions(endpoints: [servers[0].url]), logger: .silent)
                let seen = Deliveries()
                let start = try await store.create("/start", [], timeToLive: nil)
                _ = try await store.watch("/a/", after: start) { seen.take($0) }
                var written: [Revision] = []
                for round in 0..<3 {
                    for number in 0..<5 {
                        written.append(try await store.create("/a/\(round)-\(number)", [1], timeToLive: nil))
                    }
                    servers[0].kill()
                    try servers[0].start()
                    try await waitUntilAnswered(store)
                }
                written.append(try await writeUntilAnswered(store, "/a/last"))
                try await seen.wait(until: written[written.count - 1])
                #expect(seen.revisions == written)
                await store.close()
                #expect(seen.end?.code == .unavailable)
            }
        }
    }

    @Test("a cluster of three goes on when the server in use is killed")
    func failsOver() async throws {
        try await withTemporaryDirectory { directory in
            try await EtcdServer.with(members: 3, in: directory) { servers in
                let store = try EtcdStore(EtcdStoreOptions(endpoints: servers.map(\.url)), logger: .silent)
                let seen = Deliveries()
                let start = try await store.create("/start", [], timeToLive: nil)
                _ = try await store.watch("/a/", after: start) { seen.take($0) }
                var written = [try await store.create("/a/before", [1], timeToLive: nil)]
                servers[0].kill()
                for number in 0..<5 { written.append(try await writeUntilAnswered(store, "/a/\(number)")) }
                #expect(try await store.list("/a/", at: nil, limit: 0, after: nil).entries.count == 6)
                try await seen.wait(until: written[written.count - 1])
                #expect(seen.revisions == written)
                await store.close()
            }
        }
    }

    @Test("addresses are read from URLs, and what is none is refused", arguments: [
        ("http://127.0.0.1:2379", "http://127.0.0.1:2379"), ("https://etcd.local", "https://etcd.local:2379"),
        ("https://[::1]:4001/", "https://[::1]:4001"), ("etcd.local:2379", nil), ("http://", nil), ("http://a:b", nil),
        ("http://a:70000", nil), ("http://[::1", nil), ("http://a/b", nil), ("http://::1", nil),
    ] as [(String, String?)])
    func readsURLs(_ url: String, _ wanted: String?) {
        #expect(Endpoint(url: url)?.description == wanted)
    }

    /// Calls that meet a connection broken just now may fail; on a busy machine several do.
    private func waitUntilAnswered(_ store: EtcdStore) async throws(StoreError) {
        for _ in 0..<20 {
            do {
                _ = try await store.currentRevision()
                return
            } catch {
                if error.code != .unavailable { throw error }
            }
        }
        throw StoreError(.unavailable, key: "")
    }

    /// Creates a key, again while nobody knows whether the last attempt was made.
    private func writeUntilAnswered(_ store: EtcdStore, _ key: String) async throws -> Revision {
        for _ in 0..<20 {
            do throws(StoreError) { return try await store.create(key, [1], timeToLive: nil) } catch {
                if error.code == .unavailable { continue }
                // An attempt without an answer had been made after all.
                if error.code == .keyExists, let entry = try await store.get(key, at: nil) { return entry.revision }
                throw error
            }
        }
        throw StoreError(.unavailable, key: key)
    }
}

/// What a watch brought.
final class Deliveries: Sendable {
    private let state = Mutex<(revisions: [Revision], end: StoreError?)>(([], nil))

    var revisions: [Revision] { state.withLock { $0.revisions } }
    var end: StoreError? { state.withLock { $0.end } }

    func take(_ delivery: WatchDelivery) {
        state.withLock { state in
            switch delivery {
            case .changes(let changes): state.revisions += changes.map(\.revision)
            case .progress: break
            case .ended(let error): state.end = error
            }
        }
    }

    func wait(until revision: Revision) async throws {
        let time = SystemTimekeeper()
        let deadline = time.uptime + .seconds(20)
        while revisions.last ?? 0 < revision {
            if time.uptime > deadline { throw StoreError(.unavailable, key: "", detail: "nothing was delivered") }
            try await time.sleep(for: .milliseconds(10))
        }
    }
}
