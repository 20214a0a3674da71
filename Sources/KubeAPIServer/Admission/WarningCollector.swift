internal import Synchronization

/// The `Warning` headers of one response: each text once, at most a few.
package final class WarningCollector: Sendable {
    package static let max = 64

    private let texts = Mutex<[String]>([])

    package init() {}

    package func add(_ text: String) {
        texts.withLock { texts in
            if texts.count < Self.max, !texts.contains(text) { texts.append(text) }
        }
    }

    package var all: [String] { texts.withLock { $0 } }
}
