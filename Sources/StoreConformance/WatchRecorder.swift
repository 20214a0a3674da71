internal import Determinism
internal import KeyValueStore
internal import Synchronization

/// Keeps what a watch brings, and lets a check wait for it.
final class WatchRecorder: Sendable {
    private struct State {
        var changes: [Change] = []
        var end: StoreError?
        var violation: String?
        var progress: Revision = 0
        var handle: (any WatchHandle)?
    }

    /// How long a delivery may take before the check gives up.
    private static let patience = Duration.seconds(15)
    private static let pause = Duration.milliseconds(5)

    private let state = Mutex(State())

    var changes: [Change] { state.withLock { $0.changes } }

    var end: StoreError? { state.withLock { $0.end } }

    /// What was wrong with the deliveries themselves, if anything.
    var violation: String? { state.withLock { $0.violation } }

    var handle: (any WatchHandle)? {
        get { state.withLock { $0.handle } }
        set { state.withLock { $0.handle = newValue } }
    }

    func take(_ delivery: WatchDelivery) {
        state.withLock { state in
            if state.end != nil { state.violation = "something was delivered after the end" }
            switch delivery {
            case .changes(let changes):
                if changes.isEmpty { state.violation = "an empty batch was delivered" }
                for change in changes {
                    let last = max(state.changes.last?.revision ?? 0, state.progress)
                    if change.revision <= last {
                        state.violation = "revision \(change.revision) was delivered after \(last)"
                    }
                    state.changes.append(change)
                }
            case .progress(let revision):
                if revision < state.changes.last?.revision ?? 0 {
                    state.violation = "progress \(revision) was delivered after a later change"
                }
                state.progress = max(state.progress, revision)
            case .ended(let error):
                state.end = error
            }
        }
    }

    /// Returns when `count` changes have arrived.
    func wait(for count: Int) async throws { try await wait("\(count) changes") { self.changes.count >= count } }

    func waitForEnd() async throws { try await wait("the end") { self.end != nil } }

    private func wait(_ what: String, until done: () -> Bool) async throws {
        let time = SystemTimekeeper()
        let deadline = time.uptime + Self.patience
        while !done() {
            try expect(time.uptime < deadline, "\(what) did not arrive; \(changes.count) changes did")
            try await time.sleep(for: Self.pause)
        }
    }
}
