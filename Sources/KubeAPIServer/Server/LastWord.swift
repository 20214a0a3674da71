internal import Determinism

/// Something that is still to be done when a task has been cancelled.
enum LastWord {
    /// Does it to its end, unless that takes too long: then it is told to stop, too.
    static func say(
        within limit: Duration, _ time: any Timekeeper, _ body: @escaping @Sendable () async -> Void
    ) async {
        // A task of its own: what is done in a cancelled one fails.
        let word = Task { await body() }
        let patience = Task {
            try await time.sleep(for: limit)
            word.cancel()
        }
        await word.value
        patience.cancel()
    }
}
