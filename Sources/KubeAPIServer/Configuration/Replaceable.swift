internal import Synchronization

/// A value that all who hold it see replaced at once.
package final class Replaceable<Content: Sendable>: Sendable {
    private let content: Mutex<Content>

    package init(_ content: Content) { self.content = Mutex(content) }

    package var current: Content { content.withLock { $0 } }

    package func replace(with new: Content) { content.withLock { $0 = new } }
}
