package import Determinism
package import KeyValueStore
package import Logging

/// The default store: two SQLite files in a directory of their own, one thread that writes, a few that read.
///
/// An acknowledged write has been waited for on disk, except under the relaxed prefixes. The directory
/// is locked while the store is open.
package final class SQLiteStore: RevisionedStore {
    private let directory: StoreDirectory
    private let position: Position
    private let mailbox: Mailbox<WriterCommand>
    private let readers: ReaderPool

    /// Opens the store, or makes it; reads the index of all keys before it returns.
    ///
    /// Throws `.unavailable` when another process has it open, when it was written by a later version, or
    /// when the files cannot be opened; `.corrupt` when they cannot be read.
    package init(
        directory path: String, options: SQLiteStoreOptions = SQLiteStoreOptions(),
        time: any Timekeeper = SystemTimekeeper(), logger: Logger = Logger(label: "SQLiteStore")
    ) throws(StoreError) {
        directory = try StoreDirectory(path: path)
        let opening = try Opening(
            directory, relaxed: options.relaxedPrefixes, sizeMax: options.sizeMax, logger: logger)
        let routing = Routing(options.relaxedPrefixes)
        let position = Position(published: opening.revision, compacted: opening.compacted)
        let mailbox = Mailbox<WriterCommand>(
            countMax: Limits.waitingWritesMax, weightMax: Limits.waitingBytesMax)
        let timer = ExpiryTimer(time: time) {
            // A closed mailbox belongs to a closed store, in which nothing expires any more.
            try? mailbox.post(.expire, urgent: true)
        }
        var readers: [Reader] = []
        for _ in 0..<Limits.readers { readers.append(try Reader(directory, routing, position)) }
        let writer = Handover(
            try Writer(
                opening, mailbox: mailbox, position: position, routing: routing, options: options, time: time,
                timer: timer, logger: logger))
        self.readers = try ReaderPool(readers)
        self.position = position
        self.mailbox = mailbox
        try startThread { writer.use { $0.run() }?.resume() }
    }

    package func currentRevision() async throws(StoreError) -> Revision { try position.readable(nil, "") }

    package func get(_ key: String, at revision: Revision?) async throws(StoreError) -> Entry? {
        _ = try position.readable(revision, key)
        return try await readers.run(key) { reader throws(StoreError) in try reader.get(key, at: revision) }
    }

    package func list(
        _ prefix: String, at revision: Revision?, limit: Int, after: String?
    ) async throws(StoreError) -> Page {
        _ = try position.readable(revision, prefix)
        return try await readers.run(prefix) { reader throws(StoreError) in
            try reader.list(prefix, at: revision, limit: limit, after: after)
        }
    }

    package func watch(
        _ prefix: String, after revision: Revision, deliver: @escaping @Sendable (WatchDelivery) -> Void
    ) async throws(StoreError) -> any WatchHandle {
        _ = try position.readable(revision, prefix)
        let watcher = Watcher(prefix, deliver: deliver) { [mailbox] watcher in
            // A closed store has let go of its watches already.
            try? mailbox.post(.leave(watcher), urgent: true)
        }
        var seen = revision
        if revision < position.published {
            seen = try await readers.run(prefix) { reader throws(StoreError) in
                try reader.catchUp(watcher, after: revision)
            }
        }
        try await post(prefix, urgent: true) { .join(watcher, after: seen, $0) }.get()
        return watcher
    }

    package func create(_ key: String, _ value: [UInt8], timeToLive: Duration?) async throws(StoreError) -> Revision {
        try await write(key, value, if: .isAbsent, timeToLive)
    }

    package func update(
        _ key: String, ifAt expected: Revision, to value: [UInt8], timeToLive: Duration?
    ) async throws(StoreError) -> Revision {
        try await write(key, value, if: .isAt(expected), timeToLive)
    }

    package func delete(_ key: String, ifAt expected: Revision?) async throws(StoreError) -> Revision {
        try await write(key, nil, if: expected.map { .isAt($0) } ?? .isPresent, nil)
    }

    package func compact(through revision: Revision) async throws(StoreError) {
        try await post("", urgent: true) { .compact(through: revision, $0) }.get()
    }

    package func close() async {
        await withCheckedContinuation { done in
            if !mailbox.close(with: [.close(done)]) { done.resume() }
        }
        await readers.close()
        directory.unlock()
    }

    private func write(
        _ key: String, _ value: [UInt8]?, if condition: WriteRequest.Condition, _ timeToLive: Duration?
    ) async throws(StoreError) -> Revision {
        let request = WriteRequest(
            key: KeyBytes(key), value: value, condition: condition, timeToLive: timeToLive)
        return try await post(key, weight: request.weight) { .write(request, $0) }.get()
    }

    /// Hands a command to the writer and waits for its answer.
    private func post<T: Sendable>(
        _ key: String, weight: Int = 0, urgent: Bool = false,
        _ command: (CheckedContinuation<Result<T, StoreError>, Never>) -> WriterCommand
    ) async -> Result<T, StoreError> {
        await withCheckedContinuation { (done: CheckedContinuation<Result<T, StoreError>, Never>) in
            do {
                try mailbox.post(command(done), weight: weight, urgent: urgent)
            } catch {
                done.resume(returning: .failure(StoreError(.unavailable, key: key, detail: "writes: \(error)")))
            }
        }
    }
}
