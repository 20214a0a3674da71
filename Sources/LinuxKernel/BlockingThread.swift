internal import Glibc

/// Runs what may block on a thread of its own, so that no thread of Swift's pool waits for the kernel.
package enum BlockingThread {
    /// Bytes of stack, enough for loops around system calls.
    static let stackSize = 512 * 1024

    /// Starts a thread that nobody waits for.
    package static func start(_ body: @escaping @Sendable () -> Void) {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        pthread_attr_setstacksize(&attributes, stackSize)
        var thread = pthread_t()
        let box = Unmanaged.passRetained(ThreadBody(body))
        let code = pthread_create(&thread, &attributes, { argument in
            guard let argument else { return nil }
            Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue().run()
            return nil
        }, box.toOpaque())
        precondition(code == 0, "no thread could be made: error \(code)")
    }

    /// Runs `body` on a thread of its own and returns what it returns.
    package static func run<Result: Sendable>(_ body: @escaping @Sendable () -> Result) async -> Result {
        await withCheckedContinuation { continuation in start { continuation.resume(returning: body()) } }
    }

    /// Runs `body` on a thread of its own and returns or throws what it returns or throws.
    package static func attempt<Answer: Sendable>(
        _ body: @escaping @Sendable () throws(KernelError) -> Answer
    ) async throws(KernelError) -> Answer {
        let result: Result<Answer, KernelError> = await run {
            do throws(KernelError) { return .success(try body()) } catch { return .failure(error) }
        }
        return try result.get()
    }

    /// Holds up the calling thread, which must be one of this kind.
    package static func pause(milliseconds: UInt32) { usleep(milliseconds * 1000) }
}

private final class ThreadBody: Sendable {
    let run: @Sendable () -> Void

    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}
