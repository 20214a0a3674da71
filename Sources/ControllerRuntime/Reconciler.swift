/// What is to happen after a reconcile that did not fail.
package enum ReconcileResult: Sendable, Equatable {
    case done
    case requeue(after: Duration)
}

/// Drives one object from what is towards what is wanted.
package protocol Reconciler: Sendable {
    /// Reads everything afresh, and is safe to run twice. What it throws is tried again with back-off,
    /// except ``TerminalError``. Never runs twice at once for the same key.
    func reconcile(_ key: ObjectKey) async throws -> ReconcileResult
}

/// A failure that trying again cannot mend; logged, and forgotten until the object changes.
package struct TerminalError: Error, CustomStringConvertible {
    package let message: String

    package init(_ message: String) { self.message = message }

    package var description: String { message }
}
