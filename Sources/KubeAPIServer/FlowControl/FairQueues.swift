internal import Determinism

/// The requests of one priority level: who runs, who waits, and who is next. Pure; somebody else holds the time.
///
/// **The problem.** One client that asks too much must not make the others wait, and nobody knows the clients before.
///
/// **The idea.** There are many queues; each flow (a user, say) has a hand of a few of them, dealt by the hash of its
/// name, and its requests go to that of these which has the least work waiting. Two flows seldom have the same hand, so
/// a flow that fills its queues leaves others at least one that is short. Seats are given queue by queue, fairly: a
/// virtual clock runs as fast as a queue would be served if all that have work were served at once, and the queue goes
/// first whose next request would be done first by that clock.
///
/// **Example.** Of 8 queues a hand has 3: flow A holds 1, 4 and 6, flow B 2, 4 and 7. A sends a hundred requests, which
/// fill 1, 4 and 6. B's next request waits in 2, alone, and is served within a turn.
///
/// **Seats.** A request may need several. It keeps them for a while after its answer, when many watchers have to be
/// told of what it changed; nobody has to look at the clock for that before somebody waits.
///
/// **Further reading.** KEP-1040; "Fair queuing" (Demers, Keshav, Shenker).
package struct FairQueues: Sendable {
    package struct Ticket: Hashable, Sendable {
        package let number: UInt64
        package let work: WorkEstimate
        package let queue: Int
        /// When it came, by the virtual clock.
        fileprivate let arrived: Double

        package static func == (left: Ticket, right: Ticket) -> Bool { left.number == right.number }

        package func hash(into hasher: inout Hasher) { hasher.combine(number) }
    }

    package enum Arrival: Sendable, Equatable {
        case runs(Ticket)
        case waits(Ticket)
        case refused
    }

    private struct Queue {
        var waiting: [Ticket] = []
        var running = 0
        var seatsInUse = 0
        /// When by the virtual clock its next request would begin.
        var virtualStart = 0.0

        var isActive: Bool { !waiting.isEmpty || running > 0 }
    }

    /// What is known of one queue.
    package struct QueueState: Sendable, Equatable {
        package var waiting: [UInt64]
        package var running: Int
        package var seatsInUse: Int
        package var virtualStart: Double
        package var seatsWanted: Int
        package var seatsMaxWanted: Int
        package var workWanted: Double
    }

    /// What a request is thought to take before it is known, in seconds.
    static let expectedService = 0.003

    package private(set) var seats: Int
    package private(set) var running = 0
    package private(set) var waiting = 0
    package private(set) var seatsInUse = 0
    package private(set) var seatsWaiting = 0
    package private(set) var dispatched = 0
    package private(set) var refused = 0
    package private(set) var abandoned = 0
    package private(set) var demand: SeatDemand
    private let queuing: PriorityLevel.Queuing?
    /// Everybody gets their seats at once.
    private let isExempt: Bool
    private var queues: [Queue]
    private var number: UInt64 = 0
    private var turn = 0
    private var virtualNow = 0.0
    private var lastTime = Duration.zero
    /// Requests that are answered and keep their seats for a while.
    private var lingering: [(until: Duration, ticket: Ticket)] = []

    package init(seats: Int, queuing: PriorityLevel.Queuing?, isExempt: Bool = false, now: Duration = .zero) {
        self.seats = seats
        self.queuing = queuing
        self.isExempt = isExempt
        demand = SeatDemand(now: now)
        lastTime = now
        queues = Array(repeating: Queue(), count: queuing?.queues ?? 1)
    }

    package var isIdle: Bool { running == 0 && waiting == 0 && lingering.isEmpty }

    func isWaiting(_ ticket: Ticket) -> Bool { queues[ticket.queue].waiting.contains(ticket) }

    /// A request comes; `hash` is its flow's. Others may begin with it whose seats have become free meanwhile.
    package mutating func arrive(
        hash: UInt64, work: WorkEstimate = WorkEstimate(), now: Duration
    ) -> (arrival: Arrival, started: [Ticket]) {
        var started = settle(now: now)
        number += 1
        guard let queuing, !isExempt else {
            guard isExempt || fits(work.seatsMax) else {
                refused += 1
                return (.refused, started)
            }
            let ticket = Ticket(number: number, work: work, queue: 0, arrived: virtualNow)
            start(ticket)
            note(now)
            return (.runs(ticket), started)
        }
        let place = shortest(of: Self.hand(hash, queuing))
        if seatsInUse >= seats, queues[place].waiting.count >= queuing.lengthMax {
            refused += 1
            return (.refused, started)
        }
        let ticket = Ticket(number: number, work: work, queue: place, arrived: virtualNow)
        if !queues[place].isActive { queues[place].virtualStart = virtualNow }
        queues[place].waiting.append(ticket)
        waiting += 1
        seatsWaiting += work.seatsMax
        bound(place)
        let others = dispatch()
        note(now)
        started += others.filter { $0 != ticket }
        return (others.contains(ticket) ? .runs(ticket) : .waits(ticket), started)
    }

    /// A request is done after `service`; these may run now.
    package mutating func finish(_ ticket: Ticket, service: Duration, now: Duration) -> [Ticket] {
        let started = settle(now: now)
        running -= 1
        queues[ticket.queue].running -= 1
        // What it took is known now.
        queues[ticket.queue].virtualStart += Double(ticket.work.seats) * (service.inSeconds - Self.expectedService)
        bound(ticket.queue)
        if ticket.work.afterwards > .zero {
            lingering.append((now + ticket.work.afterwards, ticket))
            return started
        }
        release(ticket)
        let more = dispatch()
        note(now)
        return started + more
    }

    /// A request that waits is taken away; false when it runs already.
    package mutating func abandon(_ ticket: Ticket, now: Duration) -> Bool {
        guard let place = queues[ticket.queue].waiting.firstIndex(of: ticket) else { return false }
        queues[ticket.queue].waiting.remove(at: place)
        waiting -= 1
        seatsWaiting -= ticket.work.seatsMax
        abandoned += 1
        refused += 1
        bound(ticket.queue)
        note(now)
        return true
    }

    /// Another number of seats; these may run now.
    package mutating func resize(seats: Int, now: Duration) -> [Ticket] {
        let started = settle(now: now)
        self.seats = seats
        let more = dispatch()
        note(now)
        return started + more
    }

    /// When seats become free without anybody coming or going; `nil` when nobody waits for that.
    package var nextRelease: Duration? { waiting > 0 ? lingering.map(\.until).min() : nil }

    /// Frees the seats that are due; these may run now.
    package mutating func settle(now: Duration) -> [Ticket] {
        var started: [Ticket] = []
        if !lingering.isEmpty {
            let due = lingering.filter { $0.until <= now }.sorted { $0.until < $1.until }
            lingering.removeAll { $0.until <= now }
            for (until, ticket) in due {
                advance(to: until)
                release(ticket)
                started += dispatch()
                note(until)
            }
        }
        advance(to: now)
        return started
    }

    package mutating func endPeriod(now: Duration, periods: Int) { demand.endPeriod(now: now, periods: periods) }

    package mutating func forgetDemand() { demand.settle() }

    package var queueStates: [QueueState] {
        guard queuing != nil else { return [] }
        return queues.map { queue in
            QueueState(
                waiting: queue.waiting.map(\.number), running: queue.running, seatsInUse: queue.seatsInUse,
                virtualStart: queue.virtualStart, seatsWanted: queue.waiting.reduce(0) { $0 + $1.work.seats },
                seatsMaxWanted: queue.waiting.reduce(0) { $0 + $1.work.seatsMax }, workWanted: Self.work(of: queue))
        }
    }

    // MARK: Seats

    private mutating func dispatch() -> [Ticket] {
        var started: [Ticket] = []
        while waiting > 0, seatsInUse < seats, let place = next() {
            guard let first = queues[place].waiting.first, fits(first.work.seatsMax) else { break }
            turn = place
            queues[place].waiting.removeFirst()
            waiting -= 1
            seatsWaiting -= first.work.seatsMax
            start(first)
            bound(place)
            started.append(first)
        }
        return started
    }

    /// What is wider than the level runs alone; a level without seats lets nobody in.
    private func fits(_ count: Int) -> Bool {
        count > seats ? seats > 0 && running == 0 : seatsInUse + count <= seats
    }

    private mutating func start(_ ticket: Ticket) {
        running += 1
        dispatched += 1
        seatsInUse += ticket.work.seatsMax
        queues[ticket.queue].running += 1
        queues[ticket.queue].seatsInUse += ticket.work.seatsMax
        queues[ticket.queue].virtualStart += ticket.work.work(service: Self.expectedService)
    }

    private mutating func release(_ ticket: Ticket) {
        seatsInUse -= ticket.work.seatsMax
        queues[ticket.queue].seatsInUse -= ticket.work.seatsMax
    }

    private mutating func note(_ now: Duration) { demand.set(seatsInUse + seatsWaiting, now: now) }

    // MARK: Turns

    /// The queue whose first request would be done first; of several the next in the round.
    private mutating func next() -> Int? {
        var best: (place: Int, finish: Double)?
        for step in 1...queues.count {
            let place = (turn + step) % queues.count
            guard let first = queues[place].waiting.first else { continue }
            let finish = queues[place].virtualStart + first.work.work(service: Self.expectedService)
            if best.map({ finish < $0.finish }) ?? true { best = (place, finish) }
        }
        return best?.place
    }

    /// No request begins before it came, not even by the virtual clock.
    private mutating func bound(_ place: Int) {
        guard let first = queues[place].waiting.first else { return }
        queues[place].virtualStart = max(queues[place].virtualStart, first.arrived)
    }

    private mutating func advance(to now: Duration) {
        let elapsed = (now - lastTime).inSeconds
        lastTime = max(now, lastTime)
        guard elapsed > 0, running + waiting > 0 else { return }
        let active = queues.count { $0.isActive }
        virtualNow += elapsed * Double(min(seats, seatsInUse + seatsWaiting)) / Double(max(1, active))
    }

    private func shortest(of hand: [Int]) -> Int {
        hand.min { load(of: $0) < load(of: $1) } ?? 0
    }

    /// Work that waits; where none does, what runs.
    private func load(of place: Int) -> Double {
        let queue = queues[place]
        return Self.work(of: queue) + Double(queue.seatsInUse) * Self.expectedService / 1000
    }

    private static func work(of queue: Queue) -> Double {
        queue.waiting.reduce(0) { $0 + $1.work.work(service: expectedService) }
    }

    /// Different queues, dealt from the deck by the digits of the hash.
    package static func hand(_ hash: UInt64, _ queuing: PriorityLevel.Queuing) -> [Int] {
        var rest = hash
        var hand: [Int] = []
        for dealt in 0..<min(queuing.handSize, queuing.queues) {
            let left = UInt64(queuing.queues - dealt)
            var card = Int(rest % left)
            rest /= left
            // The cards that are dealt already are no longer in the deck.
            for taken in hand.sorted() where card >= taken { card += 1 }
            hand.append(card)
        }
        return hand
    }

    /// Of a schema's name and what tells the flow apart (FNV-1a).
    package static func hash(schema: String, distinguisher: String) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in Array(schema.utf8) + [0] + Array(distinguisher.utf8) {
            hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
        }
        return hash
    }
}
