internal import ControllerRuntime
internal import Determinism

/// Pods that wait for a node, and what each of them waits for. A value: time is handed in, nothing waits here.
///
///     active ──next──▶ in its cycle ──placed──▶ gone
///       ▲                  │ rejected                 ▲ deleted
///       │                  ▼
///       └── backoff ◀── unschedulable ── an event that may help, or five minutes
///
/// Active pods go by priority and then by age. A pod that failed pauses for 1 s, doubling up to 10 s, unless
/// nobody else is waiting.
package struct SchedulingQueue: Sendable {
    package static let backoffInitial = Duration.seconds(1)
    package static let backoffMax = Duration.seconds(10)
    /// After this long a rejected pod is tried again whatever happened.
    package static let unschedulableMax = Duration.seconds(300)

    /// A pod with its history.
    package struct Entry: Sendable {
        package var pod: PendingPod
        package var attempts = 0
        /// When it came to the queue.
        let arrival: UInt64
        var readyAt: Duration = .zero
        /// It failed for a fault, not for want of a node: the pause is kept in any case.
        var mustPause = false
        var rejectedAt: Duration = .zero
        /// What may let it fit.
        var events: ClusterEvents = .all
        /// The number of the last event when its cycle began.
        var seen: UInt64 = 0
    }

    private var active = PodHeap<Entry> { left, right in
        (right.pod.info.priority, left.arrival) < (left.pod.info.priority, right.arrival)
    }
    private var backoff = PodHeap<Entry> { left, right in
        (left.readyAt, left.arrival) < (right.readyAt, right.arrival)
    }
    private var unschedulable = PodHeap<Entry> { left, right in
        (left.rejectedAt, left.arrival) < (right.rejectedAt, right.arrival)
    }
    /// How many unschedulable pods wait for each combination of events; there are few combinations.
    private var waitingFor: [ClusterEvents: Int] = [:]
    /// Pods that wait for their scheduling gates to be lifted.
    private var gated: [String: PendingPod] = [:]
    private var inCycle: [String: Entry] = [:]
    /// Deleted while in their cycle: not to come back.
    private var goneInCycle: Set<String> = []
    private var arrivals: UInt64 = 0
    private var eventCount: UInt64 = 0
    /// The number of the last event of each kind.
    private var lastEvents = [UInt64](repeating: 0, count: ClusterEvents.kinds)

    package init() {}

    package var count: Int { active.count + backoff.count + unschedulable.count + gated.count }
    package var activeCount: Int { active.count }

    /// Whether somebody could have a cycle at once.
    var hasReady: Bool { active.count > 0 || backoff.first.map { !$0.mustPause } ?? false }

    // MARK: Pods

    /// A pod without a node was seen, for the first time or changed.
    package mutating func set(_ pod: PendingPod) {
        let uid = pod.info.uid
        if pod.isGated {
            remove(uid: uid)
            gated[uid] = pod
            return
        }
        gated[uid] = nil
        if var entry = inCycle[uid] {
            entry.pod = pod
            inCycle[uid] = entry
            goneInCycle.remove(uid)
        } else if var entry = active.remove(uid) {
            entry.pod = pod
            active.insert(entry, uid: uid)
        } else if var entry = backoff.remove(uid) {
            entry.pod = pod
            backoff.insert(entry, uid: uid)
        } else if var entry = unpark(uid) {
            let mayFit = PendingPod.mayFitBetter(pod, than: entry.pod)
            entry.pod = pod
            if mayFit { backoff.insert(entry, uid: uid) } else { park(entry) }
        } else {
            arrivals += 1
            active.insert(Entry(pod: pod, arrival: arrivals), uid: uid)
        }
    }

    /// The pod was deleted, or has a node.
    package mutating func remove(uid: String) {
        active.remove(uid)
        backoff.remove(uid)
        unpark(uid)
        gated[uid] = nil
        if inCycle[uid] != nil { goneInCycle.insert(uid) }
    }

    // MARK: Cycles

    /// The next pod to schedule. Every entry must be given back: ``finish(uid:)``, ``reject(_:events:now:)``
    /// or ``fail(_:now:)``.
    package mutating func next(now: Duration) -> Entry? {
        releaseDue(now)
        guard var entry = active.popFirst() ?? popEarly() else { return nil }
        entry.attempts += 1
        entry.seen = eventCount
        inCycle[entry.pod.info.uid] = entry
        return entry
    }

    /// Whoever pauses need not when nobody else is waiting.
    private mutating func popEarly() -> Entry? {
        guard let first = backoff.first, !first.mustPause else { return nil }
        return backoff.popFirst()
    }

    /// The pod has a node.
    package mutating func finish(uid: String) {
        inCycle[uid] = nil
        goneInCycle.remove(uid)
    }

    /// No node did; `events` may change that.
    package mutating func reject(_ uid: String, events: ClusterEvents, now: Duration) {
        guard var entry = takeBack(uid) else { return }
        entry.rejectedAt = now
        entry.readyAt = now + Self.pause(after: entry.attempts)
        entry.events = events
        entry.mustPause = false
        // What happened while the cycle ran was not in its snapshot.
        if hasHappened(events, since: entry.seen) {
            backoff.insert(entry, uid: uid)
        } else {
            park(entry)
        }
    }

    private mutating func park(_ entry: Entry) {
        waitingFor[entry.events, default: 0] += 1
        unschedulable.insert(entry, uid: entry.pod.info.uid)
    }

    @discardableResult
    private mutating func unpark(_ uid: String) -> Entry? {
        guard let entry = unschedulable.remove(uid) else { return nil }
        let left = waitingFor[entry.events, default: 0] - 1
        waitingFor[entry.events] = left > 0 ? left : nil
        return entry
    }

    /// Something broke; try again after a pause.
    package mutating func fail(_ uid: String, now: Duration) {
        guard var entry = takeBack(uid) else { return }
        entry.readyAt = now + Self.pause(after: entry.attempts)
        entry.mustPause = true
        backoff.insert(entry, uid: uid)
    }

    private mutating func takeBack(_ uid: String) -> Entry? {
        guard let entry = inCycle.removeValue(forKey: uid) else { return nil }
        return goneInCycle.remove(uid) == nil ? entry : nil
    }

    static func pause(after attempts: Int) -> Duration {
        var pause = backoffInitial
        for _ in 1..<max(2, min(attempts, 10)) where attempts > 1 { pause = min(pause * 2, backoffMax) }
        return pause
    }

    // MARK: Events and time

    /// Something changed in the cluster: those it may help are tried again.
    package mutating func happened(_ events: ClusterEvents) {
        eventCount += 1
        for kind in 0..<ClusterEvents.kinds where events.rawValue & 1 << kind != 0 { lastEvents[kind] = eventCount }
        guard waitingFor.keys.contains(where: { !$0.isDisjoint(with: events) }) else { return }
        // Each goes into the pause that began when it was rejected; once that is over, `next` finds it.
        for entry in unschedulable.all where !entry.events.isDisjoint(with: events) {
            unpark(entry.pod.info.uid)
            backoff.insert(entry, uid: entry.pod.info.uid)
        }
    }

    private func hasHappened(_ events: ClusterEvents, since count: UInt64) -> Bool {
        (0..<ClusterEvents.kinds).contains { events.rawValue & 1 << $0 != 0 && lastEvents[$0] > count }
    }

    private mutating func releaseDue(_ now: Duration) {
        while let first = backoff.first, first.readyAt <= now, let entry = backoff.popFirst() {
            active.insert(entry, uid: entry.pod.info.uid)
        }
        while let oldest = unschedulable.first, oldest.rejectedAt + Self.unschedulableMax <= now {
            unpark(oldest.pod.info.uid)
            active.insert(oldest, uid: oldest.pod.info.uid)
        }
    }

    /// When ``next(now:)`` may have something that it has not now.
    package var nextDeadline: Duration? {
        let patience = unschedulable.first.map { $0.rejectedAt + Self.unschedulableMax }
        guard let first = backoff.first else { return patience }
        return patience.map { min($0, first.readyAt) } ?? first.readyAt
    }
}

extension PendingPod {
    /// Whether a change of the pod itself may let it fit: anything but what its own rejection wrote.
    static func mayFitBetter(_ new: PendingPod, than old: PendingPod) -> Bool {
        new.info.requested != old.info.requested || new.info.group != old.info.group
            || new.tolerations != old.tolerations || new.demand.labels != old.demand.labels
    }
}
