package import KeyValueStore

/// What every store must do, as data: each check is a sentence, and a body that throws
/// ``ContractViolation`` when the sentence is not true.
package enum StoreContract {
    /// All checks; each wants a store whose keys under `Subject.root` nobody else touches.
    package static let checks: [Check] =
        writing + reading + watching + remembering + expiring + concurrency

    /// A sentence about every store.
    package struct Check: Sendable, CustomStringConvertible {
        package let sentence: String
        private let body: @Sendable (Subject) async throws -> Void

        init(_ sentence: String, _ body: @escaping @Sendable (Subject) async throws -> Void) {
            self.sentence = sentence
            self.body = body
        }

        package var description: String { sentence }

        package func run(against subject: Subject) async throws { try await body(subject) }
    }

    /// The store under examination and what the checks have to know of its surroundings.
    package struct Subject: Sendable {
        package let store: any RevisionedStore
        /// What all keys of a check begin with; ends in a slash.
        package let root: String
        /// True when a change has been delivered by the time its write returns.
        package let deliversBeforeReturning: Bool
        /// Makes the store's clock go on by so much: moves a manual clock, or does nothing on a real one.
        package let letTimePass: @Sendable (Duration) async -> Void

        package init(
            _ store: any RevisionedStore, root: String = "/registry/", deliversBeforeReturning: Bool = true,
            letTimePass: @escaping @Sendable (Duration) async -> Void
        ) {
            self.store = store
            self.root = root
            self.deliversBeforeReturning = deliversBeforeReturning
            self.letTimePass = letTimePass
        }
    }
}

/// A promise of ``RevisionedStore`` that did not hold.
package struct ContractViolation: Error, CustomStringConvertible {
    package let description: String
}

func expect(_ condition: Bool, _ message: @autoclosure () -> String) throws(ContractViolation) {
    if !condition { throw ContractViolation(description: message()) }
}

func expectEqual<T: Equatable>(_ found: T, _ wanted: T, _ what: String) throws(ContractViolation) {
    try expect(found == wanted, "\(what): found \(found), wanted \(wanted)")
}

func expectError(_ code: StoreError.Code, _ what: String, _ body: () async throws -> Void) async throws {
    do {
        try await body()
    } catch let error as StoreError {
        return try expectEqual(error.code, code, what)
    }
    throw ContractViolation(description: "\(what): succeeded, wanted \(code)")
}

extension StoreContract.Subject {
    func key(_ rest: String) -> String { root + rest }

    /// Creates without a time to live.
    @discardableResult
    func create(_ rest: String, _ text: String = "x") async throws -> Revision {
        try await store.create(key(rest), Array(text.utf8), timeToLive: nil)
    }

    @discardableResult
    func update(_ rest: String, ifAt revision: Revision, _ text: String = "y") async throws -> Revision {
        try await store.update(key(rest), ifAt: revision, to: Array(text.utf8), timeToLive: nil)
    }

    @discardableResult
    func delete(_ rest: String) async throws -> Revision { try await store.delete(key(rest), ifAt: nil) }

    func text(_ rest: String, at revision: Revision? = nil) async throws -> String? {
        try await store.get(key(rest), at: revision).map { String(decoding: $0.value, as: UTF8.self) }
    }

    /// The keys of a page, without the root.
    func names(_ page: Page) -> [String] { page.entries.map { String($0.key.dropFirst(root.count)) } }

    func list(_ rest: String = "", at revision: Revision? = nil) async throws -> Page {
        try await store.list(key(rest), at: revision, limit: 0, after: nil)
    }

    func entry(_ rest: String, _ text: String, _ revision: Revision) -> Entry {
        Entry(key: key(rest), value: Array(text.utf8), revision: revision)
    }

    func change(_ rest: String, _ text: String?, _ revision: Revision) -> Change {
        Change(key: key(rest), revision: revision, value: text.map { Array($0.utf8) })
    }

    /// Watches into a recorder.
    func record(_ rest: String = "", after revision: Revision) async throws -> WatchRecorder {
        let recorder = WatchRecorder()
        recorder.handle = try await store.watch(key(rest), after: revision) { recorder.take($0) }
        return recorder
    }

    /// Everything that has arrived once `count` changes have, which for a store inside the process is now.
    func changes(_ recorder: WatchRecorder, _ count: Int) async throws -> [Change] {
        if !deliversBeforeReturning { try await recorder.wait(for: count) }
        let changes = recorder.changes
        try expect(changes.count >= count, "\(changes.count) changes were delivered of \(count)")
        return changes
    }
}
