internal import Glibc
internal import KeyValueStore
internal import Synchronization

/// Runs `body` on a thread of its own, where it may wait for the disk without holding up any task.
func startThread(_ body: @escaping @Sendable () -> Void) throws(StoreError) {
    let box = Unmanaged.passRetained(ThreadBody(body))
    var thread = pthread_t()
    let code = pthread_create(
        &thread, nil,
        { raw in
            guard let raw else { return nil }
            Unmanaged<ThreadBody>.fromOpaque(raw).takeRetainedValue().body()
            return nil
        }, box.toOpaque())
    guard code == 0 else {
        box.release()
        throw StoreError(.unavailable, key: "", detail: "no thread: \(String(cString: strerror(code)))")
    }
    pthread_detach(thread)
}

private final class ThreadBody: Sendable {
    let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}

/// Gives a thread something to own, so that it is gone when the thread says that it is done.
final class Handover<State: Sendable>: Sendable {
    private let state: Mutex<State?>

    init(_ state: State) { self.state = Mutex(state) }

    /// Lets go of the state once `body` has returned; does nothing the second time.
    func use<T>(_ body: (State) -> T?) -> T? { state.withLock { $0.take() }.flatMap(body) }
}
