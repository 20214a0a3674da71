internal import CLinux
internal import Glibc

/// Runs programs to their end. A fake of it is ``RecordingProcessRunner``.
package protocol ProcessRunner: Sendable {
    /// Runs the program with `input` on its standard input and returns when it has ended, whatever its status.
    /// Kills it when `timeout` is over or the task is cancelled. Throws when it could not be started.
    func run(_ spec: ProcessSpec, input: [UInt8], timeout: Duration?) async throws(KernelError) -> ProcessResult
}

extension ProcessRunner {
    package func run(_ spec: ProcessSpec, timeout: Duration? = nil) async throws(KernelError) -> ProcessResult {
        try await run(spec, input: [], timeout: timeout)
    }
}

/// The real thing: fork, exec, and a thread that serves the pipes.
package struct SystemProcessRunner: ProcessRunner {
    /// Bytes kept of each of output and errors; what comes after is read and thrown away.
    package static let outputLimit = 16 * 1024 * 1024

    package init() {}

    package func run(
        _ spec: ProcessSpec, input: [UInt8], timeout: Duration?
    ) async throws(KernelError) -> ProcessResult {
        let cancel: (read: Descriptor, write: Descriptor) = try Descriptor.pipe()
        let result: Result<ProcessResult, KernelError> = await withTaskCancellationHandler {
            await BlockingThread.run {
                do throws(KernelError) {
                    var service = try PipeService(spec, input: input, cancel: cancel.read)
                    return .success(service.run(timeout: timeout))
                } catch {
                    return .failure(error)
                }
            }
        } onCancel: {
            // If the byte cannot be written the program has ended and nobody listens.
            try? cancel.write.writeAll([0])
        }
        return try result.get()
    }
}

/// Serves one child's pipes until it ends, on the calling thread.
private struct PipeService {
    private var input: [UInt8]
    private var toChild: Descriptor?
    private let output: Descriptor
    private let errors: Descriptor
    private let cancel: Descriptor
    private let pid: Int32
    private let pidfd: Descriptor
    private var result = ProcessResult(status: .unknown)

    init(_ spec: ProcessSpec, input: [UInt8], cancel: Descriptor) throws(KernelError) {
        let forInput = try Descriptor.pipe()
        let forOutput = try Descriptor.pipe()
        let forErrors = try Descriptor.pipe()
        pid = try spec.spawn(
            input: forInput.read.number, output: forOutput.write.number, error: forErrors.write.number)
        let number = clinux_pidfd_open(pid)
        guard number >= 0 else { throw .last("pidfd", spec.path) }
        pidfd = Descriptor(owning: number)
        toChild = input.isEmpty ? nil : forInput.write
        output = forOutput.read
        errors = forErrors.read
        for end in [forInput.write, output, errors] { _ = fcntl(end.number, F_SETFL, O_NONBLOCK) }
        self.input = input
        self.cancel = cancel
    }

    mutating func run(timeout: Duration?) -> ProcessResult {
        // The kernel's own timer: this waits for a program of the outside world, not for cluster time.
        var remaining = timeout.map { Int32(clamping: $0.components.seconds * 1000
            + $0.components.attoseconds / 1_000_000_000_000_000) } ?? -1
        var start = timespec()
        clock_gettime(CLOCK_MONOTONIC, &start)
        let allowed = remaining
        while true {
            var waits = [
                pollfd(fd: pidfd.number, events: Int16(POLLIN), revents: 0),
                pollfd(fd: cancel.number, events: Int16(POLLIN), revents: 0),
                pollfd(fd: output.number, events: Int16(POLLIN), revents: 0),
                pollfd(fd: errors.number, events: Int16(POLLIN), revents: 0),
                pollfd(fd: toChild?.number ?? -1, events: Int16(POLLOUT), revents: 0),
            ]
            // A pipe that the child has closed would wake us for ever.
            if outputEnded { waits[2].fd = -1 }
            if errorsEnded { waits[3].fd = -1 }
            let count = retryingInterrupts { Int(poll(&waits, 5, remaining)) }
            if waits[4].revents != 0 { feed() }
            if waits[2].revents != 0 { outputEnded = Self.drain(output, into: &result.output) }
            if waits[3].revents != 0 { errorsEnded = Self.drain(errors, into: &result.errors) }
            if waits[0].revents != 0 { break }
            if allowed >= 0 { remaining = max(0, allowed - Self.milliseconds(since: start)) }
            if count == 0 || remaining == 0 || waits[1].revents != 0 {
                result.timedOut = waits[1].revents == 0
                _ = clinux_pidfd_signal(pidfd.number, SIGKILL)
                result.status = ProcessSpec.reap(pid)
                return result
            }
        }
        result.status = ProcessSpec.reap(pid)
        if !outputEnded { _ = Self.drain(output, into: &result.output) }
        if !errorsEnded { _ = Self.drain(errors, into: &result.errors) }
        return result
    }

    private var outputEnded = false
    private var errorsEnded = false

    private static func milliseconds(since start: timespec) -> Int32 {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return Int32(clamping: (now.tv_sec - start.tv_sec) * 1000 + (now.tv_nsec - start.tv_nsec) / 1_000_000)
    }

    private mutating func feed() {
        guard let toChild else { return }
        let count = input.withUnsafeBytes { write(toChild.number, $0.baseAddress, $0.count) }
        if count > 0 { input.removeFirst(count) }
        if (count < 0 && errno != EAGAIN && errno != EINTR) || input.isEmpty { self.toChild = nil }
    }

    /// Takes all that is there. True at the end of the stream.
    private static func drain(_ source: Descriptor, into bytes: inout [UInt8]) -> Bool {
        while true {
            do throws(KernelError) {
                let piece = try source.read(upTo: 64 * 1024)
                if piece.isEmpty { return true }
                bytes += piece.prefix(max(0, SystemProcessRunner.outputLimit - bytes.count))
            } catch {
                return error.code != EAGAIN
            }
        }
    }
}
