/// Decides what a reflector does next. It never waits and never talks to anyone.
///
///     idle ──start──▶ listing ──listed──▶ watching ──expired──▶ listing
///                        └──failed: list again, after a pause
package struct ReflectorStateMachine: ~Copyable {
    private enum State {
        /// Nothing asked yet. Next: `listing`.
        case idle
        /// A list is under way. Next: `watching`, or `listing` again if it fails.
        case listing
        /// Everything up to `seen` has been delivered. Next: `watching` at a later version, or
        /// `listing` once the server has forgotten `seen`.
        case watching(seen: String)
    }

    package enum Action: Equatable, Sendable {
        case list
        case listAfterPause
        case watch(after: String)
        case watchAfterPause(after: String)
    }

    package enum Ending: Sendable { case closed, expired, failed }

    private var state = State.idle

    package init() {}

    package mutating func start() -> Action {
        guard case .idle = state else { preconditionFailure("started twice, in \(state)") }
        state = .listing
        return .list
    }

    package mutating func listed(at version: String) -> Action {
        guard case .listing = state else { preconditionFailure("a list nobody asked for, in \(state)") }
        state = .watching(seen: version)
        return .watch(after: version)
    }

    package mutating func delivered(_ version: String) {
        guard case .watching = state else { preconditionFailure("an event without a watch, in \(state)") }
        state = .watching(seen: version)
    }

    /// The list or the watch ended. `expired` means the server answered 410 Gone.
    package mutating func ended(_ ending: Ending) -> Action {
        switch (state, ending) {
        case (.idle, _):
            preconditionFailure("ended before it began")
        case (.listing, _):
            return .listAfterPause
        case (.watching, .expired):
            state = .listing
            return .list
        case (.watching(let seen), .closed):
            return .watch(after: seen)
        case (.watching(let seen), .failed):
            return .watchAfterPause(after: seen)
        }
    }
}
