internal import KeyValueStore

/// Decides how much of the past may be forgotten.
///
/// Remembers which revision was current at which time, in coarse steps, since the store was opened;
/// nothing older than that is ever known to be old enough.
struct HistoryPlan {
    private struct Mark {
        let uptime: Duration
        let revision: Revision
    }

    /// The steps in which time is remembered, as a part of the duration that history is kept.
    private static let steps = 30

    private let policy: SQLiteStoreOptions.History
    private var marks: [Mark] = []

    init(_ policy: SQLiteStoreOptions.History) { self.policy = policy }

    /// Notes the time, if a step has passed since the last mark; true when it did.
    mutating func note(_ revision: Revision, at uptime: Duration) -> Bool {
        if let last = marks.last, uptime - last.uptime < policy.duration / Self.steps { return false }
        marks.append(Mark(uptime: uptime, revision: revision))
        return true
    }

    /// The revision through which history is old enough and far enough back to be compacted.
    mutating func target(current: Revision, at uptime: Duration) -> Revision? {
        guard let index = marks.lastIndex(where: { uptime - $0.uptime >= policy.duration }) else { return nil }
        marks.removeFirst(index)
        let target = min(marks[0].revision, current - policy.revisions)
        return target > 0 ? target : nil
    }
}
