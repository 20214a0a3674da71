internal import KeyValueStore

/// A change that somebody wants, and the condition under which they want it.
struct WriteRequest: Sendable {
    enum Condition: Sendable {
        case isAbsent
        case isPresent
        case isAt(Revision)
    }

    let key: KeyBytes
    /// `nil` removes the key.
    let value: [UInt8]?
    let condition: Condition
    var timeToLive: Duration?

    /// What waiting for its turn costs in memory.
    var weight: Int { key.bytes.count + (value?.count ?? 0) }

    /// Judges the request against the revision that its key is at.
    func check(against current: Revision?) throws(StoreError) {
        switch (condition, current) {
        case (.isAbsent, nil), (.isPresent, .some): return
        case (.isAbsent, .some): throw StoreError(.keyExists, key: key.text)
        case (.isPresent, nil), (.isAt, nil): throw StoreError(.keyNotFound, key: key.text)
        case (.isAt(let expected), .some(let current)):
            if expected != current { throw StoreError(.revisionConflict, key: key.text) }
        }
    }
}

typealias WriteOutcome = Result<Revision, StoreError>

/// What the writer's thread is asked to do.
enum WriterCommand: Sendable {
    case write(WriteRequest, CheckedContinuation<WriteOutcome, Never>)
    /// Remove what is due.
    case expire
    case compact(through: Revision, CheckedContinuation<Result<Void, StoreError>, Never>)
    /// Deliver to a watch that has seen everything up to a revision.
    case join(Watcher, after: Revision, CheckedContinuation<Result<Void, StoreError>, Never>)
    case leave(Watcher)
    /// Finish; nothing comes after it.
    case close(CheckedContinuation<Void, Never>)
}
