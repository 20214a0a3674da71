package import APIMachinery
internal import ClusterPKI
package import Determinism
internal import Synchronization

/// Priority and fairness: finds out which flow a request belongs to, and lets it go on when its turn has come.
///
/// What memory answers at once takes no seat: it is done before anybody could wait.
package final class FlowControl: Sendable {
    /// Requests that may be under way at once, exempt ones apart; upstream's two limits together.
    package static let seatsTotal = 600
    /// How long a request may wait for its turn.
    package static let waitMax = Duration.seconds(15)
    static let classesMax = 4096

    /// Where a request belongs.
    package struct Class: Sendable, Equatable {
        package var schema: String
        package var schemaUID: String
        package var level: String
        package var levelUID: String
        package var isExempt: Bool
        var hash: UInt64
    }

    /// A place in the queues of a level.
    private struct Place: Hashable, Sendable {
        let level: String
        let ticket: FairQueues.Ticket
    }

    /// A seat; given back when the request is done.
    struct Seat: Sendable {
        fileprivate let level: String
        fileprivate let ticket: FairQueues.Ticket
        fileprivate let since: Duration
    }

    private struct Key: Hashable {
        let user: String
        let groups: [String]
        let verb: String
        let group: String
        let resource: String
        let namespace: String
        let path: String
    }

    private struct State {
        var schemas: [String: FlowSchema] = [:]
        var ordered: [FlowSchema] = []
        var levels: [String: PriorityLevel] = [:]
        var queues: [String: FairQueues] = [:]
        var waiting: [Place: CheckedContinuation<Bool, Never>] = [:]
        /// Gave up before it could begin to wait.
        var late: Set<Place> = []
        var classes = BoundedCache<Key, Class>(limit: classesMax)
    }

    private let time: any Timekeeper
    private let state = Mutex(State())

    package init(time: any Timekeeper) { self.time = time }

    // MARK: Configuration

    package func follow(schema object: Value, isGone: Bool) {
        let schema = FlowSchema(object)
        state.withLock { state in
            state.schemas[schema.name] = isGone ? nil : schema
            state.ordered = state.schemas.values.sorted { ($0.precedence, $0.name) < ($1.precedence, $1.name) }
            state.classes.removeAll()
        }
    }

    package func follow(level object: Value, isGone: Bool) {
        let level = PriorityLevel(object)
        let now = time.uptime
        let resumed: [CheckedContinuation<Bool, Never>] = state.withLock { state in
            state.levels[level.name] = isGone ? nil : level
            state.classes.removeAll()
            return Self.share(&state, now)
        }
        for continuation in resumed { continuation.resume(returning: true) }
    }

    /// Gives every level its seats. A level that is not idle keeps the queues that it has.
    private static func share(_ state: inout State, _ now: Duration) -> [CheckedContinuation<Bool, Never>] {
        let seats = PriorityLevel.seats(Array(state.levels.values), total: seatsTotal)
        var resumed: [CheckedContinuation<Bool, Never>] = []
        for (name, count) in seats {
            if state.queues[name]?.isIdle ?? true {
                state.queues[name] = FairQueues(seats: count, queuing: state.levels[name]?.queuing)
            } else {
                let started = state.queues[name]?.resize(seats: count, now: now) ?? []
                resumed += Self.resume(started, name, &state)
            }
        }
        return resumed
    }

    private static func resume(
        _ started: [FairQueues.Ticket], _ level: String, _ state: inout State
    ) -> [CheckedContinuation<Bool, Never>] {
        started.compactMap { state.waiting.removeValue(forKey: Place(level: level, ticket: $0)) }
    }

    // MARK: Requests

    /// Where the request belongs; `nil` before there are any schemas.
    package func classify(_ request: AuthorizationAttributes) -> Class? {
        let key = Key(
            user: request.user.name, groups: request.user.groups, verb: request.verb, group: request.apiGroup,
            resource: request.combinedResource, namespace: request.namespace,
            path: request.isResourceRequest ? "" : request.path)
        return state.withLock { state in
            if let known = state.classes.find(key) { return known }
            guard let schema = state.ordered.first(where: { state.levels[$0.level] != nil && $0.covers(request) }),
                let level = state.levels[schema.level]
            else { return nil }
            let hash = FairQueues.hash(schema: schema.name, distinguisher: schema.distinguisher(of: request))
            let found = Class(
                schema: schema.name, schemaUID: schema.uid, level: level.name, levelUID: level.uid,
                isExempt: level.isExempt, hash: hash)
            state.classes.store(found, for: key)
            return found
        }
    }

    /// Waits for a seat; `nil` for requests that need none.
    func enter(_ flow: Class?) async throws(StatusError) -> Seat? {
        guard let flow, !flow.isExempt else { return nil }
        let now = time.uptime
        let arrival = state.withLock { $0.queues[flow.level]?.arrive(hash: flow.hash, now: now) }
        switch arrival {
        case nil: return nil
        case .runs(let ticket): return Seat(level: flow.level, ticket: ticket, since: now)
        case .refused: throw Self.refusal
        case .waits(let ticket):
            guard await wait(Place(level: flow.level, ticket: ticket)) else { throw Self.refusal }
            return Seat(level: flow.level, ticket: ticket, since: time.uptime)
        }
    }

    func leave(_ seat: Seat?) {
        guard let seat else { return }
        let now = time.uptime
        let resumed: [CheckedContinuation<Bool, Never>] = state.withLock { state in
            let started = state.queues[seat.level]?.finish(seat.ticket, service: now - seat.since, now: now) ?? []
            return Self.resume(started, seat.level, &state)
        }
        for continuation in resumed { continuation.resume(returning: true) }
    }

    private static var refusal: StatusError {
        .tooManyRequests("Too many requests, please try again later.", retryAfter: 1)
    }

    /// False when its turn did not come in time, or nobody waits for the answer any more.
    private func wait(_ place: Place) async -> Bool {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                // Who has their turn cancels this.
                do { try await self.time.sleep(for: Self.waitMax) } catch {}
                self.abandon(place)
            }
            let isTurn = await withCheckedContinuation { continuation in
                let isTurn: Bool? = self.state.withLock { state in
                    if state.late.remove(place) != nil { return false }
                    // Its turn may have come already, between its arrival and now.
                    guard state.queues[place.level]?.isWaiting(place.ticket) == true else { return true }
                    state.waiting[place] = continuation
                    return nil
                }
                if let isTurn { continuation.resume(returning: isTurn) }
            }
            group.cancelAll()
            return isTurn
        }
    }

    private func abandon(_ place: Place) {
        let continuation = state.withLock { state -> CheckedContinuation<Bool, Never>? in
            guard state.queues[place.level]?.abandon(place.ticket) == true else { return nil }
            let continuation = state.waiting.removeValue(forKey: place)
            if continuation == nil { state.late.insert(place) }
            return continuation
        }
        continuation?.resume(returning: false)
    }
}
