package import APIMachinery
internal import ClusterPKI
package import Determinism
internal import Metrics
internal import Synchronization

/// Priority and fairness: finds out which flow a request belongs to, and lets it go on when its turn has come.
///
/// What memory answers at once takes no seat: it is done before anybody could wait.
package final class FlowControl: Sendable {
    /// Requests that may be under way at once, exempt ones apart; upstream's two limits together.
    package static let seatsTotal = 600
    /// How long a request may wait for its turn.
    package static let waitMax = Duration.seconds(15)
    /// How often levels that are asked for much lend each other seats.
    package static let adjustmentPeriod = Duration.seconds(10)
    static let classesMax = 4096
    static let metersMax = 1024

    /// Where a request belongs. Shared by all requests of a flow.
    package final class Class: Sendable {
        package let schema: String
        package let schemaUID: String
        package let level: String
        package let levelUID: String
        package let isExempt: Bool
        /// What one request gets at most; 0: no bound of the level's own.
        package let seatsMax: Int
        let distinguisher: String
        let hash: UInt64
        package let meter: FlowMeter

        fileprivate init(
            _ schema: FlowSchema, _ level: PriorityLevel, seatsMax: Int, distinguisher: String, meter: FlowMeter
        ) {
            self.schema = schema.name
            schemaUID = schema.uid
            self.level = level.name
            levelUID = level.uid
            isExempt = level.isExempt
            self.seatsMax = seatsMax
            self.distinguisher = distinguisher
            hash = FairQueues.hash(schema: schema.name, distinguisher: distinguisher)
            self.meter = meter
        }
    }

    /// A request under way or waiting, for those who look into it.
    struct Visitor: Sendable {
        let flow: Class
        let info: RequestInfo
        let user: String
        let ticket: FairQueues.Ticket
        let arrived: Timestamp
        /// `nil` while it waits.
        var started: Timestamp?
    }

    /// A place in the queues of a level.
    struct Place: Hashable, Sendable {
        let level: String
        let ticket: FairQueues.Ticket
    }

    /// A seat; given back when the request is done.
    struct Seat: Sendable {
        fileprivate let place: Place
        fileprivate let since: Duration
        fileprivate let flow: Class
        fileprivate let isWatch: Bool
    }

    fileprivate struct Key: Hashable {
        let user: String
        let groups: [String]
        let verb: String
        let group: String
        let resource: String
        let namespace: String
        let path: String
    }

    struct State {
        var schemas: [String: FlowSchema] = [:]
        var ordered: [FlowSchema] = []
        var levels: [String: PriorityLevel] = [:]
        var limits: [String: SeatAllocationPlan.Limits] = [:]
        var queues: [String: FairQueues] = [:]
        var visitors: [Place: Visitor] = [:]
        var fairFraction = 0.0
        var lastAdjustment = Duration.zero
        fileprivate var waiting: [Place: CheckedContinuation<Bool, Never>] = [:]
        /// Gave up before it could begin to wait.
        fileprivate var late: Set<Place> = []
        fileprivate var classes = BoundedCache<Key, Class>(limit: classesMax)
        fileprivate var meters: [String: FlowMeter] = [:]
        fileprivate var retries: [String: RetryAfterPlan] = [:]
        fileprivate var isAdjusting = false
        /// Levels for which somebody looks at the clock.
        fileprivate var awaited: Set<String> = []
    }

    private typealias Resumed = [CheckedContinuation<Bool, Never>]

    let time: any Timekeeper
    private let state = Mutex(State())

    package init(time: any Timekeeper) { self.time = time }

    func reading<Result: Sendable>(_ read: (State) -> Result) -> Result { state.withLock { read($0) } }

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
        let resumed: Resumed = state.withLock { state in
            state.levels[level.name] = isGone ? nil : level
            state.classes.removeAll()
            state.limits = SeatAllocationPlan.limits(Array(state.levels.values), total: Self.seatsTotal)
            for (name, limits) in state.limits where state.queues[name]?.isIdle ?? true {
                state.queues[name] = FairQueues(
                    seats: limits.nominal, queuing: state.levels[name]?.queuing,
                    isExempt: state.levels[name]?.isExempt ?? false, now: now)
            }
            return Self.allocate(&state, now)
        }
        for continuation in resumed { continuation.resume(returning: true) }
    }

    /// Gives every level its seats.
    private static func allocate(_ state: inout State, _ now: Duration) -> Resumed {
        let (seats, fraction) = SeatAllocationPlan.seats(requests(state))
        state.fairFraction = fraction
        var resumed: Resumed = []
        for (name, count) in seats where state.queues[name]?.seats != count {
            let started = state.queues[name]?.resize(seats: count, now: now) ?? []
            resumed += resume(started, name, &state)
        }
        return resumed
    }

    private static func requests(_ state: State) -> [String: SeatAllocationPlan.Request] {
        var requests: [String: SeatAllocationPlan.Request] = [:]
        for (name, limits) in state.limits {
            guard let demand = state.queues[name]?.demand else { continue }
            requests[name] = SeatAllocationPlan.Request(
                limits, isExempt: state.levels[name]?.isExempt ?? false,
                highest: Int(max(demand.last.most, demand.highest)), smoothed: demand.smoothed)
        }
        return requests
    }

    private static func resume(_ started: [FairQueues.Ticket], _ level: String, _ state: inout State) -> Resumed {
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
            let found = Class(
                schema, level, seatsMax: state.limits[level.name]?.perRequest ?? 0,
                distinguisher: schema.distinguisher(of: request), meter: Self.meter(level.name, schema.name, &state))
            state.classes.store(found, for: key)
            return found
        }
    }

    private static func meter(_ level: String, _ schema: String, _ state: inout State) -> FlowMeter {
        let key = "\(level)/\(schema)"
        if let known = state.meters[key] { return known }
        let meter = FlowMeter(level: level, schema: schema)
        if state.meters.count < metersMax { state.meters[key] = meter }
        return meter
    }

    /// Waits for a seat; `nil` for requests that need none.
    func enter(
        _ flow: Class?, _ work: WorkEstimate = WorkEstimate(), _ info: RequestInfo, user: String
    ) async throws(StatusError) -> Seat? {
        guard let flow else { return nil }
        let now = time.uptime
        flow.meter.seats.observe(work.seatsMax)
        let calendar = time.now
        let (arrival, resumed, wakes): (FairQueues.Arrival?, Resumed, Wakes) = state.withLock { state in
            guard
                let (arrival, started) = state.queues[flow.level]?.arrive(hash: flow.hash, work: work, now: now)
            else { return (nil, [], Wakes()) }
            if let (ticket, start) = Self.ticket(of: arrival, at: calendar) {
                state.visitors[Place(level: flow.level, ticket: ticket)] = Visitor(
                    flow: flow, info: info, user: user, ticket: ticket, arrived: calendar, started: start)
            }
            return (arrival, Self.resume(started, flow.level, &state), Self.wakes(flow.level, &state))
        }
        for continuation in resumed { continuation.resume(returning: true) }
        arrange(wakes, flow.level)
        switch arrival {
        case nil: return nil
        case .runs(let ticket): return sit(Place(level: flow.level, ticket: ticket), flow, info, since: now, at: now)
        case .refused: throw refuse(flow, refusal(of: flow))
        case .waits(let ticket):
            let place = Place(level: flow.level, ticket: ticket)
            flow.meter.waiting.add()
            flow.meter.waitingSeats.add(work.seatsMax)
            let isTurn = await wait(place)
            flow.meter.waiting.add(-1)
            flow.meter.waitingSeats.add(-work.seatsMax)
            guard isTurn else {
                flow.meter.waitedInVain.observe(time.uptime - now)
                state.withLock { $0.visitors[place] = nil }
                throw refuse(flow, .timeout)
            }
            let calendar = time.now
            state.withLock { $0.visitors[place]?.started = calendar }
            return sit(place, flow, info, since: now, at: time.uptime)
        }
    }

    /// What a request has that was not refused, and since when it runs.
    private static func ticket(
        of arrival: FairQueues.Arrival, at now: Timestamp
    ) -> (FairQueues.Ticket, Timestamp?)? {
        switch arrival {
        case .runs(let ticket): (ticket, now)
        case .waits(let ticket): (ticket, nil)
        case .refused: nil
        }
    }

    private func refusal(of flow: Class) -> FlowMeter.Refusal {
        state.withLock { $0.levels[flow.level]?.queuing == nil } ? .limit : .queueFull
    }

    private func sit(
        _ place: Place, _ flow: Class, _ info: RequestInfo, since arrival: Duration, at now: Duration
    ) -> Seat {
        flow.meter.waitedAndRan.observe(now - arrival)
        flow.meter.dispatched.add()
        flow.meter.executing.add()
        flow.meter.executingSeats.add(place.ticket.work.seatsMax)
        return Seat(place: place, since: now, flow: flow, isWatch: info.verb == "watch")
    }

    func leave(_ seat: Seat?) {
        guard let seat else { return }
        let now = time.uptime
        let service = now - seat.since
        seat.flow.meter.executing.add(-1)
        seat.flow.meter.executingSeats.add(-seat.place.ticket.work.seatsMax)
        (seat.isWatch ? seat.flow.meter.watchRan : seat.flow.meter.ran).observe(service)
        let level = seat.place.level
        let (resumed, wakes): (Resumed, Wakes) = state.withLock { state in
            state.visitors[seat.place] = nil
            let started = state.queues[level]?.finish(seat.place.ticket, service: service, now: now) ?? []
            if state.levels[level] == nil, state.queues[level]?.isIdle == true { state.queues[level] = nil }
            return (Self.resume(started, level, &state), Self.wakes(level, &state))
        }
        for continuation in resumed { continuation.resume(returning: true) }
        arrange(wakes, level)
    }

    private func refuse(_ flow: Class, _ why: FlowMeter.Refusal) -> StatusError {
        flow.meter.refuse(why)
        let second = time.now.nanoseconds / 1_000_000_000
        let seconds = state.withLock { state in
            state.retries[flow.level, default: RetryAfterPlan()].refuse(at: second)
            return state.retries[flow.level]?.seconds ?? 1
        }
        return .tooManyRequests("Too many requests, please try again later.", retryAfter: seconds)
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
        let now = time.uptime
        let continuation = state.withLock { state -> CheckedContinuation<Bool, Never>? in
            guard state.queues[place.level]?.abandon(place.ticket, now: now) == true else { return nil }
            let continuation = state.waiting.removeValue(forKey: place)
            if continuation == nil { state.late.insert(place) }
            return continuation
        }
        continuation?.resume(returning: false)
    }

    // MARK: The clock

    /// When somebody has to look at the clock.
    private struct Wakes {
        var release: Duration?
        var adjusts = false
    }

    private static func wakes(_ level: String, _ state: inout State) -> Wakes {
        guard let queues = state.queues[level] else { return Wakes() }
        var release = queues.nextRelease
        if release != nil, !state.awaited.insert(level).inserted { release = nil }
        // Half of the seats are asked for: it may soon have to borrow.
        let isBusy = !(state.levels[level]?.isExempt ?? true)
            && 2 * (queues.seatsInUse + queues.seatsWaiting) > queues.seats
        guard isBusy, !state.isAdjusting else { return Wakes(release: release) }
        state.isAdjusting = true
        return Wakes(release: release, adjusts: true)
    }

    /// Looks at the clock where that may change something, and nowhere else: a server at rest sleeps.
    private func arrange(_ wakes: Wakes, _ level: String) {
        if let release = wakes.release {
            Task {
                // A server that ends need not give seats any more.
                try? await time.sleep(until: release)
                settle(level)
            }
        }
        if wakes.adjusts { Task { await adjust() } }
    }

    /// Frees seats of requests whose events are out by now.
    private func settle(_ level: String) {
        let now = time.uptime
        let (resumed, wakes): (Resumed, Wakes) = state.withLock { state in
            state.awaited.remove(level)
            let started = state.queues[level]?.settle(now: now) ?? []
            return (Self.resume(started, level, &state), Self.wakes(level, &state))
        }
        for continuation in resumed { continuation.resume(returning: true) }
        arrange(wakes, level)
    }

    /// Lends seats to those who ask for more, period by period, until nobody does.
    private func adjust() async {
        repeat {
            // A server that ends lends nothing any more.
            guard (try? await time.sleep(for: Self.adjustmentPeriod)) != nil else { return }
        } while endPeriod()
    }

    /// True while somebody asks for much.
    package func endPeriod() -> Bool {
        let now = time.uptime
        let (resumed, goesOn): (Resumed, Bool) = state.withLock { state in
            let elapsed = (now - state.lastAdjustment).inSeconds / Self.adjustmentPeriod.inSeconds
            state.lastAdjustment = now
            var isBusy = false
            for name in state.queues.keys {
                state.queues[name]?.endPeriod(now: now, periods: max(1, Int(min(elapsed, 1000))))
                guard let queues = state.queues[name], state.levels[name]?.isExempt == false else { continue }
                if 2 * queues.demand.last.most > Double(queues.seats) { isBusy = true }
            }
            // When it is quiet everybody gets what a quiet server gives.
            if !isBusy { for name in state.queues.keys { state.queues[name]?.forgetDemand() } }
            state.isAdjusting = isBusy
            return (Self.allocate(&state, now), isBusy)
        }
        for continuation in resumed { continuation.resume(returning: true) }
        return goesOn
    }

    // MARK: Readings

    var meters: [FlowMeter] { state.withLock { Array($0.meters.values) } }
    var fairFraction: Double { state.withLock { $0.fairFraction } }

    var readings: [LevelReading] {
        state.withLock { state in
            let requests = Self.requests(state)
            return state.limits.compactMap { name, limits in
                guard let queues = state.queues[name], let request = requests[name] else { return nil }
                return LevelReading(
                    name: name, limits: limits, seats: queues.seats, demand: queues.demand.last,
                    smoothed: queues.demand.smoothed, target: max(Double(request.floor), request.smoothed))
            }
        }
    }
}
