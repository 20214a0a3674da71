package import Determinism
internal import EtcdProtocol
internal import FoundationEssentials
package import KeyValueStore
package import Logging
internal import SwiftProtobuf
internal import Synchronization

/// The store for several servers: etcd's v3 API over gRPC.
///
/// Keys are used as they are given. Every acknowledged write is on the disks of a majority. A write
/// whose connection broke is reported as `.unavailable` though it may have been made.
package final class EtcdStore: RevisionedStore {
    private struct State {
        var isClosed = false
        var watches: [ObjectIdentifier: EtcdWatch] = [:]
    }

    private let connections: EtcdConnections
    private let leases: LeasePool
    private let time: any Timekeeper
    private let random: any RandomSource
    private let logger: Logger
    private let state = Mutex(State())

    /// Connects when it is first asked something. Throws `.unavailable` for addresses that are none and
    /// certificate files that cannot be read.
    package init(
        _ options: EtcdStoreOptions, time: any Timekeeper = SystemTimekeeper(),
        random: any RandomSource = SystemRandomSource(), logger: Logger = Logger(label: "EtcdStore")
    ) throws(StoreError) {
        connections = try EtcdConnections(options, time: time, logger: logger)
        leases = LeasePool(connections, time: time)
        self.time = time
        self.random = random
        self.logger = logger
    }

    // MARK: Reading

    package func currentRevision() async throws(StoreError) -> Revision {
        try await range(.currentRevision, "").header.revision
    }

    package func get(_ key: String, at revision: Revision?) async throws(StoreError) -> Entry? {
        try await range(.one(key, at: revision), key).kvs.first.map { Entry($0) }
    }

    package func list(
        _ prefix: String, at revision: Revision?, limit: Int, after: String?
    ) async throws(StoreError) -> Page {
        let bytes = KeyBytes(prefix)
        var first = after.map { max(bytes, KeyBytes(bytes: KeyBytes($0).bytes + [0])) } ?? bytes
        var page = Page(entries: [], revision: revision ?? 0, hasMore: true)
        while page.hasMore, limit == 0 || page.entries.count < limit {
            let left = limit == 0 ? Limits.entriesPerCall : min(limit - page.entries.count, Limits.entriesPerCall)
            let asked = page.revision == 0 ? nil : page.revision
            let answer = try await range(.some(bytes, from: first, at: asked, limit: left), prefix)
            if page.revision == 0 { page.revision = answer.header.revision }
            page.entries += answer.kvs.map { Entry($0) }
            page.hasMore = answer.more
            if let last = answer.kvs.last { first = KeyBytes(bytes: [UInt8](last.key) + [0]) }
        }
        return page
    }

    package func watch(
        _ prefix: String, after revision: Revision, deliver: @escaping @Sendable (WatchDelivery) -> Void
    ) async throws(StoreError) -> any WatchHandle {
        // A watch would wait for the future, and tell of compaction only later: a read tells now.
        _ = try await range(.one(prefix.isEmpty ? "\0" : prefix, at: max(revision, 1)), prefix)
        let watch = EtcdWatch(
            prefix, connections, time: time, random: random, logger: logger, deliver: deliver)
        let isClosed = state.withLock { state in
            if !state.isClosed { state.watches[ObjectIdentifier(watch)] = watch }
            return state.isClosed
        }
        if isClosed { throw StoreError(.unavailable, key: prefix, detail: "closed") }
        watch.start(after: revision) { [weak self] watch in
            self?.state.withLock { $0.watches[ObjectIdentifier(watch)] = nil }
        }
        return watch
    }

    // MARK: Writing

    package func create(_ key: String, _ value: [UInt8], timeToLive: Duration?) async throws(StoreError) -> Revision {
        let lease = try await leases.lease(for: timeToLive, key)
        let answer = try await commit(.create(Data(key.utf8), value, lease: lease), key)
        if !answer.succeeded { throw StoreError(.keyExists, key: key) }
        return answer.header.revision
    }

    package func update(
        _ key: String, ifAt expected: Revision, to value: [UInt8], timeToLive: Duration?
    ) async throws(StoreError) -> Revision {
        let lease = try await leases.lease(for: timeToLive, key)
        let answer = try await commit(.update(Data(key.utf8), ifAt: expected, to: value, lease: lease), key)
        return try revision(of: answer, key)
    }

    package func delete(_ key: String, ifAt expected: Revision?) async throws(StoreError) -> Revision {
        try revision(of: try await commit(.delete(Data(key.utf8), ifAt: expected), key), key)
    }

    package func compact(through revision: Revision) async throws(StoreError) {
        do {
            _ = try await connections.write("") { client, options in
                try await client.kv.compact(.with { $0.revision = revision }, options: options)
            }
        } catch {
            // Compacted already is as good as compacted now.
            let explained = await explain(error, at: revision)
            if explained.code != .compacted { throw explained }
        }
    }

    /// Proposes the next round of compaction, or learns that others are ahead.
    func propose(_ round: CompactionPlan.Round) async throws(StoreError) -> CompactionPlan.Answer {
        let answer = try await commit(.propose(round), CompactionPlan.key)
        if answer.succeeded { return .written(now: answer.header.revision) }
        let version = answer.responses.first?.responseRange.kvs.first?.version ?? 0
        return .ahead(version: version, now: answer.header.revision)
    }

    package func close() async {
        let watches = state.withLock { state in
            state.isClosed = true
            return Array(state.watches.values)
        }
        for watch in watches { await watch.close() }
        await connections.close()
    }

    // MARK: Calling

    private func range(
        _ request: Etcdserverpb_RangeRequest, _ key: String
    ) async throws(StoreError) -> Etcdserverpb_RangeResponse {
        do {
            return try await connections.read(key) { client, options in
                try await client.kv.range(request, options: options)
            }
        } catch { throw await explain(error, at: request.revision) }
    }

    private func commit(
        _ request: Etcdserverpb_TxnRequest, _ key: String
    ) async throws(StoreError) -> Etcdserverpb_TxnResponse {
        try await connections.write(key) { client, options in try await client.kv.txn(request, options: options) }
    }

    /// The revision of a conditional write, or why it was not made: its other branch says what is there.
    private func revision(of answer: Etcdserverpb_TxnResponse, _ key: String) throws(StoreError) -> Revision {
        if answer.succeeded { return answer.header.revision }
        let isThere = answer.responses.first?.responseRange.kvs.isEmpty == false
        throw StoreError(isThere ? .revisionConflict : .keyNotFound, key: key)
    }

    /// etcd has one code for a revision that is too old and one that is too new.
    private func explain(_ error: StoreError, at revision: Revision) async -> StoreError {
        guard error.code == .compacted, revision > 0 else { return error }
        do throws(StoreError) {
            let answer = try await connections.read(error.key) { client, options in
                try await client.kv.range(.currentRevision, options: options)
            }
            return answer.header.revision < revision
                ? StoreError(.futureRevision, key: error.key, detail: error.detail) : error
        } catch { return error }
    }
}
