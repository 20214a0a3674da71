package import Determinism

/// The requests of one priority level: who runs, who waits, and who is next. Pure; somebody else holds the time.
///
/// **The problem.** One client that asks too much must not make the others wait, and nobody knows the clients before.
///
/// **The idea.** There are many queues; each flow (a user, say) has a hand of a few of them, dealt by the hash of its
/// name, and its requests go to the shortest of these. Two flows seldom have the same hand, so a flow that fills its
/// queues leaves others at least one that is short. Seats are given queue by queue, fairly: a virtual clock runs as
/// fast as a queue would be served if all that have work were served at once, and the queue goes first whose next
/// request would be done first by that clock.
///
/// **Example.** Of 8 queues a hand has 3: flow A holds 1, 4 and 6, flow B 2, 4 and 7. A sends a hundred requests, which
/// fill 1, 4 and 6. B's next request waits in 2, alone, and is served within a turn.
///
/// **Further reading.** KEP-1040; "Fair queuing" (Demers, Keshav, Shenker).
package struct FairQueues: Sendable {
    package struct Ticket: Hashable, Sendable {
        fileprivate let number: UInt64
        fileprivate let queue: Int
    }

    package enum Arrival: Sendable, Equatable {
        case runs(Ticket)
        case waits(Ticket)
        case refused
    }

    private struct Queue {
        var waiting: [Ticket] = []
        var running = 0
        /// When by the virtual clock its next request would begin.
        var virtualStart = 0.0
    }

    /// What a request is thought to take before it is known, in seconds.
    static let expectedService = 0.003

    package private(set) var seats: Int
    package private(set) var running = 0
    private let queuing: PriorityLevel.Queuing?
    private var queues: [Queue]
    private var number: UInt64 = 0
    private var virtualNow = 0.0
    private var lastTime = Duration.zero

    package init(seats: Int, queuing: PriorityLevel.Queuing?) {
        self.seats = seats
        self.queuing = queuing
        queues = Array(repeating: Queue(), count: queuing?.queues ?? 1)
    }

    package var isIdle: Bool { running == 0 && waiting == 0 }

    func isWaiting(_ ticket: Ticket) -> Bool { queues[ticket.queue].waiting.contains(ticket) }

    package private(set) var waiting = 0

    /// A request comes; `hash` is its flow's.
    package mutating func arrive(hash: UInt64, now: Duration) -> Arrival {
        advance(to: now)
        number += 1
        guard let queuing else {
            guard running < seats else { return .refused }
            return .runs(start(Ticket(number: number, queue: 0)))
        }
        let place = shortest(of: Self.hand(hash, queuing))
        let ticket = Ticket(number: number, queue: place)
        let isIdle = queues[place].waiting.isEmpty && queues[place].running == 0
        if isIdle { queues[place].virtualStart = max(queues[place].virtualStart, virtualNow) }
        // Nobody waits while there is a seat.
        if running < seats { return .runs(start(ticket)) }
        guard queues[place].waiting.count < queuing.lengthMax else { return .refused }
        queues[place].waiting.append(ticket)
        waiting += 1
        return .waits(ticket)
    }

    /// A request is done after `service`; these may run now.
    package mutating func finish(_ ticket: Ticket, service: Duration, now: Duration) -> [Ticket] {
        advance(to: now)
        running -= 1
        queues[ticket.queue].running -= 1
        // What it took is known now.
        queues[ticket.queue].virtualStart += service.inSeconds - Self.expectedService
        return dispatch()
    }

    /// A request that waits is taken away; false when it runs already.
    package mutating func abandon(_ ticket: Ticket) -> Bool {
        guard let place = queues[ticket.queue].waiting.firstIndex(of: ticket) else { return false }
        queues[ticket.queue].waiting.remove(at: place)
        waiting -= 1
        return true
    }

    /// Another number of seats; these may run now.
    package mutating func resize(seats: Int, now: Duration) -> [Ticket] {
        advance(to: now)
        self.seats = seats
        return dispatch()
    }

    private mutating func dispatch() -> [Ticket] {
        var started: [Ticket] = []
        while running < seats, waiting > 0, let place = next() {
            waiting -= 1
            started.append(start(queues[place].waiting.removeFirst()))
        }
        return started
    }

    private mutating func start(_ ticket: Ticket) -> Ticket {
        running += 1
        queues[ticket.queue].running += 1
        queues[ticket.queue].virtualStart += Self.expectedService
        return ticket
    }

    /// The queue whose first request would be done first.
    private func next() -> Int? {
        queues.indices.filter { !queues[$0].waiting.isEmpty }.min { queues[$0].virtualStart < queues[$1].virtualStart }
    }

    private mutating func advance(to now: Duration) {
        let elapsed = (now - lastTime).inSeconds
        lastTime = now
        let active = queues.count { !$0.waiting.isEmpty || $0.running > 0 }
        guard elapsed > 0, active > 0 else { return }
        virtualNow += elapsed * Double(min(seats, running + waiting)) / Double(active)
    }

    private func shortest(of hand: [Int]) -> Int {
        hand.min { load(of: $0) < load(of: $1) } ?? 0
    }

    private func load(of place: Int) -> Int { queues[place].waiting.count + queues[place].running }

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
