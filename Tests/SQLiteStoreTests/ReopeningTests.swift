import CSQLite
import Determinism
import Glibc
import KeyValueStore
import SQLiteStore
import Testing

@Suite("SQLiteStore, opened again")
struct ReopeningTests {
    private static let options = SQLiteStoreOptions(relaxedPrefixes: ["/registry/leases/"])

    @Test("everything is as it was, also the past")
    func keepsEverything() async throws {
        try await withTemporaryDirectory { path in
            let store = try open(path)
            let one = try await store.create("/registry/a", [1], timeToLive: nil)
            let two = try await store.create("/registry/leases/b", [2], timeToLive: nil)
            let three = try await store.update("/registry/a", ifAt: one, to: [3], timeToLive: nil)
            let four = try await store.delete("/registry/leases/b", ifAt: two)
            await store.close()

            let again = try open(path)
            #expect(try await again.currentRevision() == four)
            let past = try await again.list("/registry/", at: two, limit: 0, after: nil)
            #expect(past.entries.map(\.revision) == [one, two])
            let now = try await again.list("/registry/", at: nil, limit: 0, after: nil)
            #expect(now.entries == [Entry(key: "/registry/a", value: [3], revision: three)])
            #expect(try await again.create("/registry/leases/b", [5], timeToLive: nil) == four + 1)
            await #expect(throws: StoreError(.keyExists, key: "/registry/a")) {
                try await again.create("/registry/a", [6], timeToLive: nil)
            }
            await again.close()
        }
    }

    @Test("what expired meanwhile is removed, and what did not keeps its time")
    func keepsDeadlines() async throws {
        try await withTemporaryDirectory { path in
            let time = ManualTimekeeper()
            let store = try open(path, time: time)
            _ = try await store.create("/registry/short", [1], timeToLive: .seconds(10))
            _ = try await store.create("/registry/long", [2], timeToLive: .seconds(100))
            await store.close()

            time.advance(by: .seconds(50))
            let again = try open(path, time: time)
            let removals = Removals()
            _ = try await again.watch("/registry/", after: 2) { removals.take($0) }
            #expect(await removals.next() == "/registry/short")
            #expect(try await again.get("/registry/long", at: nil) != nil)
            time.advance(by: .seconds(50))
            #expect(await removals.next() == "/registry/long")
            await again.close()
        }
    }

    @Test("a directory opens once at a time, and its files are for their owner alone")
    func locksTheDirectory() async throws {
        try await withTemporaryDirectory { path in
            let path = path + "/deep/store"
            let store = try open(path)
            let refusal = #expect(throws: StoreError.self) { try open(path) }
            #expect(refusal?.code == .unavailable)
            #expect(refusal?.detail.contains("another process") == true)
            _ = try await store.create("/registry/leases/a", [1], timeToLive: nil)
            for (name, wanted) in [
                ("", 0o700), ("/state.db", 0o600), ("/state.db-wal", 0o600), ("/volatile.db", 0o600), ("/lock", 0o600),
            ] as [(String, mode_t)] {
                var status = stat()
                #expect(stat(path + name, &status) == 0)
                #expect(status.st_mode & 0o777 == wanted, "\(name)")
            }
            await store.close()
            let again = try open(path)
            await again.close()
        }
    }

    @Test("files of a later version, and files that are no database, are refused")
    func refusesStrangeFiles() async throws {
        try await withTemporaryDirectory { path in
            await (try open(path)).close()
            try execute("PRAGMA user_version = 2", on: path + "/state.db")
            let later = #expect(throws: StoreError.self) { try open(path) }
            #expect(later?.code == .unavailable)
            #expect(later?.detail.contains("schema version 2") == true)
        }
        try await withTemporaryDirectory { path in
            let file = Glibc.open(path + "/state.db", O_CREAT | O_WRONLY, 0o600)
            let noise = Array(repeating: UInt8(ascii: "x"), count: 8_192)
            _ = noise.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
            Glibc.close(file)
            let strange = #expect(throws: StoreError.self) { try open(path) }
            #expect(strange?.code == .corrupt)
        }
    }

    @Test("after a power cut that lost relaxed writes, no revision is given out twice and everybody lists anew")
    func skipsLostRevisions() async throws {
        for damage in ["lost", "torn", "missing"] {
            try await withTemporaryDirectory { path in
                let store = try open(path)
                let kept = try await store.create("/registry/a", [1], timeToLive: nil)
                var last: Revision = 0
                for number in 0..<20 {
                    last = try await store.create("/registry/leases/\(number)", [2], timeToLive: nil)
                }
                await store.close()
                try execute("UPDATE meta SET boot = 'another'", on: path + "/state.db")
                switch damage {
                case "lost": try execute("DELETE FROM revisions WHERE id > 3", on: path + "/volatile.db")
                case "torn": tear(path + "/volatile.db")
                default: unlink(path + "/volatile.db")
                }

                let again = try open(path)
                #expect(try await again.currentRevision() > last)
                await #expect(throws: StoreError(.compacted, key: "/registry/")) {
                    try await again.watch("/registry/", after: last) { _ in }
                }
                #expect(try await again.get("/registry/a", at: nil)?.revision == kept)
                #expect(try await again.create("/registry/leases/new", [3], timeToLive: nil) > last + 1)
                await again.close()
            }
        }
    }

    @Test("what was removed does not come back when a power cut undoes the removal of its history")
    func forgetsWholeHistories() async throws {
        try await withTemporaryDirectory { path in
            let lease = "/registry/leases/a"
            let first = try open(path)
            let one = try await first.create(lease, [1], timeToLive: nil)
            let two = try await first.update(lease, ifAt: one, to: [2], timeToLive: nil)
            _ = try await first.delete(lease, ifAt: two)
            await first.close()
            try copy(path + "/volatile.db", to: path + "/older")

            let second = try open(path)
            try await second.compact(through: two)
            try await sweep(second)
            await second.close()
            try copy(path + "/older", to: path + "/volatile.db")
            try execute("UPDATE meta SET boot = 'another'", on: path + "/state.db")

            let third = try open(path)
            #expect(try await third.get(lease, at: nil) == nil)
            try await third.compact(through: try await third.currentRevision())
            try await sweep(third)
            #expect(try await third.get(lease, at: nil) == nil)
            #expect(try await third.list("/registry/leases/", at: nil, limit: 0, after: nil).entries == [])
            await third.close()
        }
    }

    /// The writer sweeps a little after each write; a few writes later it has swept all there is here.
    private func sweep(_ store: SQLiteStore) async throws {
        for _ in 0..<80 {
            let revision = try await store.create("/registry/sweep", [], timeToLive: nil)
            _ = try await store.delete("/registry/sweep", ifAt: revision)
        }
    }

    private func copy(_ from: String, to: String) throws {
        let (source, target) = (Glibc.open(from, O_RDONLY), Glibc.open(to, O_WRONLY | O_CREAT | O_TRUNC, 0o600))
        defer {
            close(source)
            close(target)
        }
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        let count = read(source, &buffer, buffer.count)
        guard count > 0, write(target, buffer, count) == count else {
            throw SystemCallFailed(name: "copy \(from)", code: errno)
        }
    }

    @Test("keys move to the other file when their prefix becomes relaxed, and back")
    func movesKeys() async throws {
        try await withTemporaryDirectory { path in
            let first = try open(path)
            let one = try await first.create("/registry/events/a", [1], timeToLive: nil)
            let two = try await first.update("/registry/events/a", ifAt: one, to: [2], timeToLive: nil)
            let three = try await first.create("/registry/leases/b", [3], timeToLive: nil)
            await first.close()
            for prefixes in [["/registry/events/"], [], ["/registry/events/", "/registry/leases/"]] {
                let store = try SQLiteStore(
                    directory: path, options: SQLiteStoreOptions(relaxedPrefixes: prefixes), logger: .silent)
                let now = try await store.list("/registry/", at: nil, limit: 0, after: nil)
                #expect(now.entries.map(\.revision) == [two, three])
                #expect(try await store.get("/registry/events/a", at: one)?.value == [1])
                await store.close()
            }
        }
    }

    private func open(_ path: String, time: any Timekeeper = SystemTimekeeper()) throws -> SQLiteStore {
        try SQLiteStore(directory: path, options: Self.options, time: time, logger: .silent)
    }

    private func tear(_ path: String) {
        let file = Glibc.open(path, O_WRONLY)
        // Page 2 and on: the header still says that this is a database.
        let noise = Array(repeating: UInt8(0xa5), count: 20_000)
        _ = noise.withUnsafeBytes { pwrite(file, $0.baseAddress, $0.count, 4_096) }
        Glibc.close(file)
    }

    private func execute(_ sql: String, on path: String) throws {
        var connection: OpaquePointer?
        defer { sqlite3_close(connection) }
        guard sqlite3_open(path, &connection) == SQLITE_OK, sqlite3_exec(connection, sql, nil, nil, nil) == SQLITE_OK
        else { throw SystemCallFailed(name: "sqlite: " + String(cString: sqlite3_errmsg(connection)), code: 0) }
    }
}

/// The keys that a watch says were removed, one at a time.
struct Removals {
    private let stream: AsyncStream<String>
    private let continuation: AsyncStream<String>.Continuation

    init() { (stream, continuation) = AsyncStream.makeStream() }

    @Sendable func take(_ delivery: WatchDelivery) {
        guard case .changes(let changes) = delivery else { return }
        for change in changes where change.value == nil { continuation.yield(change.key) }
    }

    func next() async -> String? { await stream.first { _ in true } }
}
