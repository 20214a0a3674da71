internal import Determinism
internal import Synchronization

/// What is noted of a request on its way: the `Warning` headers of its response, each text once, at most a few; and how
/// long it has waited for others.
package final class WarningCollector: Sendable {
    package static let max = 64

    private let texts = Mutex<[String]>([])
    private let nanoseconds = Atomic<Int64>(0)

    package init() {}

    package func add(_ text: String) {
        texts.withLock { texts in
            if texts.count < Self.max, !texts.contains(text) { texts.append(text) }
        }
    }

    package var all: [String] { texts.withLock { $0 } }

    /// Adds time that was not the server's own: webhooks, and waiting for a turn.
    package func wait(_ duration: Duration) {
        nanoseconds.add(duration.wholeNanoseconds, ordering: .relaxed)
    }

    package var waited: Duration { .nanoseconds(nanoseconds.load(ordering: .relaxed)) }
}
