internal import LinuxKernel

/// Runs something until it ends or the process is told to go (SIGTERM, SIGINT), then lets it finish in order.
enum Termination {
    static func run(_ body: @escaping @Sendable () async throws -> Void) async throws {
        let signals = try Signals.stream([Signals.terminate, Signals.interrupt])
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                do { try await body() } catch is CancellationError {
                    return true
                }
                return true
            }
            group.addTask {
                for await _ in signals { return false }
                return false
            }
            // Whichever comes first ends the other.
            _ = try await group.next()
            group.cancelAll()
            while !group.isEmpty { _ = try? await group.next() }
        }
    }
}
