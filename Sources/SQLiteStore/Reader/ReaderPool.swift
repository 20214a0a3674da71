internal import KeyValueStore
internal import Synchronization

/// Threads that read, each with its own connection: a reader waits neither for the writer nor for
/// another's long list.
final class ReaderPool: Sendable {
    private enum Job: Sendable {
        case read(@Sendable (Reader) -> Void)
        case stop(Countdown)
    }

    private let mailbox = Mailbox<Job>(countMax: Limits.waitingReadsMax)
    private let count: Int

    init(_ readers: [Reader]) throws(StoreError) {
        count = readers.count
        for reader in readers {
            let reader = Handover(reader)
            try startThread { [mailbox] in reader.use { Self.serve($0, mailbox) }?.arrive() }
        }
    }

    /// Runs `body` on one of the threads.
    func run<T: Sendable>(
        _ key: String, _ body: @escaping @Sendable (Reader) throws(StoreError) -> T
    ) async throws(StoreError) -> T {
        let result = await withCheckedContinuation { (done: CheckedContinuation<Result<T, StoreError>, Never>) in
            do {
                try mailbox.post(
                    .read { reader in
                        done.resume(returning: Result { () throws(StoreError) in try body(reader) })
                    })
            } catch {
                done.resume(returning: .failure(StoreError(.unavailable, key: key, detail: "reads: \(error)")))
            }
        }
        do { return try result.get() } catch { throw error.about(key) }
    }

    /// Finishes the reads under way and closes the connections.
    func close() async {
        await withCheckedContinuation { done in
            let countdown = Countdown(count) { done.resume() }
            if !mailbox.close(with: Array(repeating: .stop(countdown), count: count)) { done.resume() }
        }
    }

    private static func serve(_ reader: Reader, _ mailbox: Mailbox<Job>) -> Countdown {
        while true {
            switch mailbox.takeFirst() {
            case .read(let body): body(reader)
            case .stop(let countdown): return countdown
            }
        }
    }
}

/// Calls back when as many have arrived as were expected.
private final class Countdown: Sendable {
    private let left: Mutex<Int>
    private let done: @Sendable () -> Void

    init(_ count: Int, _ done: @escaping @Sendable () -> Void) {
        left = Mutex(count)
        self.done = done
    }

    func arrive() {
        let isLast = left.withLock { left in
            left -= 1
            return left == 0
        }
        if isLast { done() }
    }
}
