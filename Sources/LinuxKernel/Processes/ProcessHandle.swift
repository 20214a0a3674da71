internal import CLinux
internal import Glibc
internal import Synchronization

/// A running process, held by a pidfd, so that its number can never mean another process.
package final class ProcessHandle: Sendable {
    private typealias Waiter = CheckedContinuation<ExitStatus?, Never>

    private struct State {
        var status: ExitStatus?
        var nextWaiter = 0
        var waiters: [Int: Waiter] = [:]
        var cancelledEarly: Set<Int> = []
    }

    package let pid: Int32
    private let descriptor: Descriptor
    private let state = Mutex(State())

    /// Watches a process that somebody else started; how it ended will be unknown.
    package convenience init(adopting pid: Int32) throws(KernelError) { try self.init(pid, isChild: false) }

    /// Starts a program. Its output and errors go to the end of the file `log`, or nowhere.
    package static func start(_ spec: ProcessSpec, log: String? = nil) throws(KernelError) -> ProcessHandle {
        var output: Descriptor?
        if let log { output = try Descriptor.open(log, flags: O_WRONLY | O_CREAT | O_APPEND) }
        let number = output?.number ?? -1
        return try ProcessHandle(try spec.spawn(input: -1, output: number, error: number), isChild: true)
    }

    private init(_ pid: Int32, isChild: Bool) throws(KernelError) {
        let number = clinux_pidfd_open(pid)
        guard number >= 0 else { throw .last("pidfd", String(pid)) }
        self.pid = pid
        descriptor = Descriptor(owning: number)
        BlockingThread.start { [self] in finish(awaitExit(isChild)) }
    }

    /// Sends a signal. False when the process has ended.
    @discardableResult
    package func signal(_ number: Int32) -> Bool { clinux_pidfd_signal(descriptor.number, number) == 0 }

    package func terminate() -> Bool { signal(SIGTERM) }

    package func kill() -> Bool { signal(SIGKILL) }

    package var isRunning: Bool { state.withLock { $0.status == nil } }

    /// Returns when the process has ended.
    package func wait() async throws(CancellationError) -> ExitStatus {
        let id = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        let status = await withTaskCancellationHandler {
            await withCheckedContinuation { (waiter: Waiter) in
                let immediate: ExitStatus?? = state.withLock { state in
                    if let status = state.status { return .some(status) }
                    if state.cancelledEarly.remove(id) != nil { return .some(nil) }
                    state.waiters[id] = waiter
                    return nil
                }
                if let immediate { waiter.resume(returning: immediate) }
            }
        } onCancel: {
            let waiter = state.withLock { state -> Waiter? in
                if let waiter = state.waiters.removeValue(forKey: id) { return waiter }
                state.cancelledEarly.insert(id)
                return nil
            }
            waiter?.resume(returning: nil)
        }
        guard let status else { throw CancellationError() }
        return status
    }

    private func awaitExit(_ isChild: Bool) -> ExitStatus {
        var waiting = pollfd(fd: descriptor.number, events: Int16(POLLIN), revents: 0)
        _ = retryingInterrupts { Int(poll(&waiting, 1, -1)) }
        return isChild ? ProcessSpec.reap(pid) : .unknown
    }

    private func finish(_ status: ExitStatus) {
        let waiters = state.withLock { state in
            state.status = status
            defer { state.waiters = [:] }
            return state.waiters.values.map { $0 }
        }
        for waiter in waiters { waiter.resume(returning: status) }
    }
}

extension ProcessSpec {
    /// Starts the child with these descriptors as its own, -1 for nothing.
    func spawn(input: Int32, output: Int32, error: Int32) throws(KernelError) -> Int32 {
        var pid: Int32 = 0
        let variables = environment.map { $0.map { "\($0.key)=\($0.value)" }.sorted() }
        let code = withCStrings([path] + arguments) { argv in
            withCStrings(variables ?? []) { envp in
                withOptionalCStrings(path, directory, networkNamespace, mountNamespace) { names in
                    var child = clinux_child()
                    child.path = names[0]
                    child.directory = names[1]
                    child.network_namespace = names[2]
                    child.mount_namespace = names[3]
                    child.arguments = argv
                    child.environment = variables == nil ? UnsafePointer(environ) : envp
                    child.input = input
                    child.output = output
                    child.error = error
                    child.new_session = newSession ? 1 : 0
                    return clinux_spawn(&child, &pid)
                }
            }
        }
        guard code == 0 else { throw KernelError("start", path, code: code) }
        return pid
    }

    /// Takes the exit status of a child that has ended.
    static func reap(_ pid: Int32) -> ExitStatus {
        var code: Int32 = 0
        var status: Int32 = 0
        guard clinux_reap(pid, &code, &status) == 1 else { return .unknown }
        return code == 1 ? .exited(status) : .killed(signal: status)  // CLD_EXITED is 1
    }
}

/// Lends C an array of strings that ends with NULL.
private func withCStrings<Result>(
    _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
    let copies = strings.map { strdup($0) }
    defer { for copy in copies { free(copy) } }
    return (copies + [nil]).withUnsafeBufferPointer { buffer in
        guard let base = buffer.baseAddress else { preconditionFailure("an array that holds NULL is not empty") }
        return body(base)
    }
}

private func withOptionalCStrings<Result>(
    _ strings: String?..., body: ([UnsafePointer<CChar>?]) -> Result
) -> Result {
    let copies = strings.map { $0.flatMap { strdup($0) } }
    defer { for copy in copies { free(copy) } }
    return body(copies.map { UnsafePointer($0) })
}
