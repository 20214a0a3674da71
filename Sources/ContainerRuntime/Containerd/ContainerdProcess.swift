package import Determinism
package import LinuxKernel
package import Logging
internal import Synchronization

/// A containerd of our own: started, or taken over when it still runs from before, and restarted when it dies.
///
/// It outlives this process, and containers outlive it: both are found again by the pid file and the state
/// folder. ``stop()`` ends the daemon alone, ``tearDown(cgroupRoots:purge:)`` all that it ever started.
package final class ContainerdProcess: Sendable {
    /// How long a start may take until the daemon answers.
    static let startTimeout = Duration.seconds(30)
    /// How long a daemon that was asked to go may take before it is killed.
    static let stopTimeout = Duration.seconds(10)
    private static let pollInterval = Duration.milliseconds(20)
    private static let restart = Backoff(initial: .milliseconds(200), maximum: .seconds(10))

    package let options: ContainerdOptions
    let time: any Timekeeper
    let log: Logger
    private let current = Mutex<ProcessHandle?>(nil)

    package init(_ options: ContainerdOptions, time: any Timekeeper, log: Logger) {
        self.options = options
        self.time = time
        self.log = log
    }

    /// Makes sure that the daemon runs with our configuration, and waits until `runtime` (which must be running, on
    /// our socket) gets answers.
    package func start(answering runtime: CRIRuntime) async throws(RuntimeServiceError) {
        do throws(KernelError) {
            try await BlockingThread.attempt { () throws(KernelError) in try self.startOrAdopt() }
        } catch {
            throw RuntimeServiceError(.unavailable, "\(error)")
        }
        let deadline = time.uptime + Self.startTimeout
        while true {
            do throws(RuntimeServiceError) {
                _ = try await runtime.version()
                return
            } catch {
                guard time.uptime < deadline, error.code != .cancelled else { throw error }
            }
            do { try await time.sleep(for: Self.pollInterval) } catch { throw RuntimeServiceError(error) }
            guard isRunning else {
                throw RuntimeServiceError(.unavailable, "containerd ended while starting: \(lastLogLines())")
            }
        }
    }

    /// Starts the daemon again whenever it dies, until the task is cancelled; the daemon itself stays.
    package func supervise() async {
        var attempt = 0
        while !Task.isCancelled {
            guard let process = current.withLock({ $0 }) else { return }
            let begun = time.uptime
            do throws(CancellationError) {
                let status = try await process.wait()
                guard current.withLock({ $0 }) != nil else { return }
                log.error("containerd ended by itself", metadata: ["status": "\(status)"])
            } catch {
                return
            }
            attempt = time.uptime - begun > .seconds(60) ? 0 : attempt + 1
            await startAgain(attempt)
        }
    }

    /// The daemon's process number; nil when there is none.
    package var processID: Int32? { current.withLock { $0?.pid } }

    package var isRunning: Bool { current.withLock { $0?.isRunning ?? false } }

    /// Brings archives into this containerd and out of it. Blocks for a moment to look at the file system.
    package func archives() throws(KernelError) -> ImageArchives {
        ImageArchives(
            socket: options.socket, client: options.client, snapshotter: try options.chosenSnapshotter())
    }

    /// Ends the daemon. Containers go on; the next start finds them.
    package func stop() async {
        let process = current.withLock { current in
            defer { current = nil }
            return current
        }
        if let process { await end(process) }
        // Another process of ours may have started one meanwhile; if its file cannot be read there is none.
        if let other = try? findRunning() { await end(other) }
        // A pid file that stays behind names a process that is no containerd of ours any more; that is checked.
        try? Files.remove(options.pidFile)
    }

    private func startAgain(_ firstAttempt: Int) async {
        var attempt = firstAttempt
        while !Task.isCancelled {
            let delay = Self.restart.delay(attempt: attempt, random: SystemRandomSource())
            do { try await time.sleep(for: delay) } catch { return }
            do throws(KernelError) {
                try await BlockingThread.attempt { () throws(KernelError) in try self.startOrAdopt() }
                return
            } catch {
                log.error("containerd could not be started", metadata: ["error": "\(error)"])
                attempt += 1
            }
        }
    }

    // MARK: Starting

    private func startOrAdopt() throws(KernelError) {
        try Files.makeDirectory(options.root, mode: 0o711)
        try Files.makeDirectory(options.state, mode: 0o711)
        try Files.makeDirectory(options.cniConfiguration)
        let isChanged = try writeConfiguration()
        if let running = try findRunning() {
            if !isChanged {
                log.info("took over a running containerd", metadata: ["pid": "\(running.pid)"])
                current.withLock { $0 = running }
                return
            }
            log.info("containerd's configuration changed, so it is started anew")
            _ = running.terminate()
            waitOnThisThread(for: running)
        }
        var environment = ["PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]
        for name in ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"] {
            environment[name] = ProcessTable.variable(name)
        }
        let spec = ProcessSpec(
            options.program, ["--config", options.configFile, "--log-level", options.logLevel],
            environment: environment, directory: "/", newSession: true)
        let process = try ProcessHandle.start(spec, log: options.effectiveLogFile)
        try Files.writeAtomically(options.pidFile, Array("\(process.pid)\n".utf8))
        current.withLock { $0 = process }
        log.info("started containerd", metadata: ["pid": "\(process.pid)", "socket": "\(options.socket)"])
    }

    /// True when a configuration was there and said something else.
    private func writeConfiguration() throws(KernelError) -> Bool {
        let restricts =
            options.restrictsOOMScoreAdjust
            ?? !ProcessTable.hasCapability(ProcessTable.systemResourceCapability)
        let text = options.configuration(
            snapshotter: try options.chosenSnapshotter(), restrictsOOMScoreAdjust: restricts)
        let bytes = Array(text.utf8)
        let old = Files.exists(options.configFile) ? try Files.read(options.configFile) : []
        if old != bytes { try Files.writeAtomically(options.configFile, bytes) }
        return old != bytes && !old.isEmpty
    }

    /// The daemon of an earlier process of ours, if it still runs.
    func findRunning() throws(KernelError) -> ProcessHandle? {
        guard Files.exists(options.pidFile) else { return nil }
        let text = try Files.text(options.pidFile)
        guard let pid = Int32(text.prefix { $0 != "\n" }) else { return nil }
        do throws(KernelError) {
            // The handle first and the check second, so that both are about the same process.
            let process = try ProcessHandle(adopting: pid)
            return ProcessTable.commandLine(pid).contains(options.configFile) ? process : nil
        } catch {
            guard error.isNotFound else { throw error }
            return nil
        }
    }

    private func waitOnThisThread(for process: ProcessHandle) {
        let deadline = time.uptime + Self.stopTimeout
        while process.isRunning {
            if time.uptime > deadline { _ = process.kill() }
            BlockingThread.pause(milliseconds: 5)
        }
    }

    private func end(_ process: ProcessHandle) async {
        guard process.terminate() else { return }
        await BlockingThread.run { self.waitOnThisThread(for: process) }
    }

    /// The end of the daemon's log, for the error of a start that failed.
    private func lastLogLines() -> String {
        // Without a log there is nothing to add to the error.
        let text = (try? Files.text(options.effectiveLogFile)) ?? ""
        return text.split(separator: "\n").suffix(3).joined(separator: "; ")
    }
}
