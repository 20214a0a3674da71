internal import Determinism
internal import KeyValueStore
internal import Logging

/// The one thread that changes the files.
///
/// It takes everything that waits, applies it in one transaction, waits for the disk once, tells the
/// watchers, and only then the writers: whoever hears that a write succeeded knows that its watchers
/// have heard of it. A lone write waits for nobody; where many write, each waits a little for the others, which spares
/// the disk, the watchers and their connections more than it costs. Between batches it forgets the past, a little at a time.
// After it is made, only the thread that runs it uses it.
final class Writer: @unchecked Sendable {
    private struct Pending {
        let request: WriteRequest
        /// `nil` when the store itself asks.
        let continuation: CheckedContinuation<WriteOutcome, Never>?
    }

    private let mailbox: Mailbox<WriterCommand>
    private let position: Position
    private let time: any Timekeeper
    private let timer: ExpiryTimer
    private let routing: Routing
    private let logger: Logger
    private let statements: WriterStatements
    private let queries: Queries
    private var index: KeyIndex
    private var history: HistoryPlan
    private var watchers: [ObjectIdentifier: Watcher] = [:]
    /// The newest revision given out, also to writes that then failed.
    private var lastRevision: Revision
    private var reserved: Revision
    /// Up to where each file has been swept.
    private var swept: [Schema.File: Revision]
    /// True after a sweep failed, until a write succeeds.
    private var sweepIsPaused = false

    init(
        _ opening: Opening, mailbox: Mailbox<WriterCommand>, position: Position, routing: Routing,
        options: SQLiteStoreOptions, time: any Timekeeper, timer: ExpiryTimer, logger: Logger
    ) throws(StoreError) {
        self.mailbox = mailbox
        self.position = position
        self.routing = routing
        self.time = time
        self.timer = timer
        self.logger = logger
        statements = try WriterStatements(opening.connection)
        queries = try Queries(opening.connection, routing)
        history = HistoryPlan(options.history)
        lastRevision = opening.revision
        reserved = max(opening.reserved, opening.revision)
        swept = opening.swept
        var index = KeyIndex()
        let (now, uptime) = (time.now, time.uptime)
        try opening.keys { key, revision, expires in
            let deadline = expires.map { uptime + now.duration(to: Timestamp(nanoseconds: $0)) }
            index.set(key, to: revision, deadline: deadline)
        }
        index.keep()
        self.index = index
        timer.arm(index.nextExpiry)
        logger.info("Opened the store", metadata: ["revision": "\(lastRevision)", "keys": "\(index.count)"])
    }

    /// The thread's body; returns the continuation of whoever closed the store.
    func run() -> CheckedContinuation<Void, Never> {
        var count = 0
        while true {
            let gathering = count >= Limits.crowd ? Limits.gathering : 0
            let commands = mailbox.takeAll(waiting: nextToSweep == nil, gathering: gathering)
            count = commands.count
            if let closer = perform(commands) { return closer }
            sweepOnce()
        }
    }

    // MARK: Commands

    private func perform(_ commands: [WriterCommand]) -> CheckedContinuation<Void, Never>? {
        commit(pending(in: commands))
        for command in commands {
            switch command {
            case .write, .expire: break
            case .compact(let revision, let done): done.resume(returning: compact(through: revision))
            case .join(let watcher, let revision, let done): done.resume(returning: join(watcher, after: revision))
            case .leave(let watcher): watchers[ObjectIdentifier(watcher)] = nil
            case .close(let done):
                finish()
                return done
            }
        }
        return nil
    }

    private func pending(in commands: [WriterCommand]) -> [Pending] {
        var pending: [Pending] = []
        for command in commands {
            switch command {
            case .write(let request, let continuation):
                pending.append(Pending(request: request, continuation: continuation))
            case .expire:
                let now = time.uptime
                let due = index.due(at: now, limit: Limits.expiryBatchMax, retry: now + Limits.expiryRetry)
                pending += due.map {
                    Pending(request: WriteRequest(key: $0, value: nil, condition: .isPresent), continuation: nil)
                }
                if due.isEmpty { timer.arm(index.nextExpiry) }
            case .compact, .join, .leave, .close: break
            }
        }
        return pending
    }

    /// Delivers what came after the reader had looked, and everything from now on.
    private func join(_ watcher: Watcher, after revision: Revision) -> Result<Void, StoreError> {
        Result { () throws(StoreError) in
            let prefix = watcher.prefix.text
            _ = try position.readable(revision, prefix)
            let last = position.published
            if revision < last {
                try queries.changes(
                    watcher.prefix, after: revision, through: last, begun: {},
                    bring: { watcher.bring(.changes($0)) })
            }
            watcher.bring(.progress(last))
            if !watcher.isCancelled { watchers[ObjectIdentifier(watcher)] = watcher }
        }.mapError { $0.about(watcher.prefix.text) }
    }

    private func finish() {
        position.close()
        timer.stop()
        for watcher in watchers.values {
            watcher.bring(.ended(StoreError(.unavailable, key: watcher.prefix.text, detail: "closed")))
        }
        watchers = [:]
    }

    // MARK: Writing

    private func commit(_ pending: [Pending]) {
        if pending.isEmpty { return }
        let uptime = time.uptime
        var outcomes: [WriteOutcome] = []
        outcomes.reserveCapacity(pending.count)
        var changes: [Change] = []
        do {
            try apply(pending, &outcomes, &changes)
            index.keep()
        } catch {
            index.takeBack()
            changes = []
            outcomes = pending.map { .failure(error.about($0.request.key.text)) }
            logger.error("The store could not write", metadata: ["error": "\(error)"])
        }
        if !changes.isEmpty {
            sweepIsPaused = false
            position.publish(lastRevision)
            deliver(changes)
        }
        for (pending, outcome) in zip(pending, outcomes) { pending.continuation?.resume(returning: outcome) }
        timer.arm(index.nextExpiry)
        if !changes.isEmpty { noteTime(uptime) }
    }

    /// Judges each request after those before it, and puts the changes on disk in one transaction.
    private func apply(
        _ pending: [Pending], _ outcomes: inout [WriteOutcome], _ changes: inout [Change]
    ) throws(StoreError) {
        let accepted: [(request: WriteRequest, revision: Revision, previous: Revision)] = judge(pending, &outcomes)
        if accepted.isEmpty { return }
        let (now, last) = (time.now, lastRevision)
        let reservation = last > reserved ? last + Limits.reservation : reserved
        try statements.transaction { () throws(StoreError) in
            for (request, revision, previous) in accepted {
                try statements.insert(
                    request, at: revision, previous: previous,
                    expires: request.timeToLive.map { (now + $0).nanoseconds },
                    in: routing.isVolatile(request.key) ? .volatile : .main)
            }
            if reservation > reserved { try statements.reserve(through: reservation) }
        }
        reserved = reservation
        changes = accepted.map { Change(key: $0.request.key.text, revision: $0.revision, value: $0.request.value) }
    }

    private func judge(
        _ pending: [Pending], _ outcomes: inout [WriteOutcome]
    ) -> [(request: WriteRequest, revision: Revision, previous: Revision)] {
        var accepted: [(request: WriteRequest, revision: Revision, previous: Revision)] = []
        let uptime = time.uptime
        for pending in pending {
            let request = pending.request
            let previous = index.revision(of: request.key)
            outcomes.append(
                WriteOutcome { () throws(StoreError) in
                    try request.check(against: previous)
                    return lastRevision + 1
                })
            guard case .success(let revision)? = outcomes.last else { continue }
            lastRevision = revision
            index.set(
                request.key, to: request.value == nil ? nil : revision,
                deadline: request.timeToLive.map { uptime + $0 })
            accepted.append((request, revision, previous ?? 0))
        }
        return accepted
    }

    private func deliver(_ changes: [Change]) {
        if watchers.isEmpty { return }
        let keys = changes.map { KeyBytes($0.key) }
        for watcher in watchers.values {
            let mine = zip(changes, keys).filter { $0.1.hasPrefix(watcher.prefix) }.map(\.0)
            if !mine.isEmpty { watcher.bring(.changes(mine)) }
        }
    }

    // MARK: Forgetting

    /// Once in a while, tells the watchers how far the store is and decides what may be forgotten.
    private func noteTime(_ now: Duration) {
        let published = position.published
        guard history.note(published, at: now) else { return }
        for watcher in watchers.values { watcher.bring(.progress(published)) }
        guard let target = history.target(current: published, at: now),
            target - position.compacted >= Limits.compactionStep
        else { return }
        if case .failure(let error) = compact(through: target) {
            logger.error("The store could not compact", metadata: ["error": "\(error)"])
        }
    }

    private func compact(through revision: Revision) -> Result<Void, StoreError> {
        Result { () throws(StoreError) in
            if revision > position.published { throw StoreError(.futureRevision, key: "") }
            if revision <= position.compacted { return }
            try statements.transaction { () throws(StoreError) in try statements.compact(through: revision) }
            position.compact(through: revision)
            logger.debug("Compacted the store", metadata: ["revision": "\(revision)"])
        }
    }

    private var nextToSweep: (file: Schema.File, swept: Revision)? {
        if sweepIsPaused { return nil }
        for (file, swept) in swept where swept < position.compacted { return (file, swept) }
        return nil
    }

    private func sweepOnce() {
        guard let (file, done) = nextToSweep else { return }
        let last = min(done + Limits.sweepChunk, position.compacted)
        do {
            try statements.transaction { () throws(StoreError) in
                try statements.sweep(file, after: done, through: last)
            }
            swept[file] = last
        } catch {
            sweepIsPaused = true
            logger.error("The store could not remove what is compacted", metadata: ["error": "\(error)"])
        }
    }
}
