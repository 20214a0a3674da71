internal import Determinism
internal import LinuxKernel
internal import Logging

extension ContainerdProcess {
    /// How often processes that were killed are looked for before the rest is left alone.
    private static let killRounds = 50

    /// Ends all that this containerd ever started, the daemon included, and leaves no process, mount, namespace or
    /// control group behind.
    ///
    /// - Parameters:
    ///   - runtime: A client on our socket, which is asked to stop the pods while the daemon still runs, so that CNI
    ///     plugins give back what they took; nil when there is nobody to ask.
    ///   - cgroupRoots: Groups that hold our pods, such as `/apus`; whatever runs in them is killed.
    ///   - purge: Removes images and everything else under the root folder too.
    package func tearDown(asking runtime: CRIRuntime?, cgroupRoots: [String], purge: Bool) async {
        if let runtime { await removeSandboxes(runtime) }
        await stop()
        await BlockingThread.run { self.tearDownOnThisThread(cgroupRoots: cgroupRoots, purge: purge) }
    }

    private func removeSandboxes(_ runtime: CRIRuntime) async {
        do throws(RuntimeServiceError) {
            let sandboxes = try await runtime.listPodSandboxes(PodSandboxFilter())
            await withTaskGroup { group in
                for sandbox in sandboxes {
                    group.addTask {
                        do throws(RuntimeServiceError) {
                            try await runtime.stopPodSandbox(sandbox.id)
                            try await runtime.removePodSandbox(sandbox.id)
                        } catch {
                            self.log.warning(
                                "a pod did not stop, so its processes will be killed",
                                metadata: ["pod": "\(sandbox.metadata.name)", "error": "\(error)"])
                        }
                    }
                }
            }
        } catch {
            log.warning("containerd does not answer, so its pods will be killed", metadata: ["error": "\(error)"])
        }
    }

    private func tearDownOnThisThread(cgroupRoots: [String], purge: Bool) {
        attempt("find what ran before") { () throws(KernelError) in
            if let daemon = try self.findRunning() { _ = daemon.kill() }
        }
        for _ in 0..<Self.killRounds {
            let remaining = shims() + tasks() + processes(inGroups: cgroupRoots)
            if remaining.isEmpty { break }
            for pid in remaining { ProcessTable.signal(pid, ProcessTable.killNow) }
            BlockingThread.pause(milliseconds: 20)
        }
        let mounts = SystemMounts()
        for folder in [options.state, options.root] {
            attempt("unmount") { () throws(KernelError) in try mounts.unmountAll(below: folder) }
        }
        for group in cgroupRoots {
            attempt("remove control groups") { () throws(KernelError) in try SystemCgroups().remove(group) }
        }
        attempt("remove the state") { () throws(KernelError) in try Files.removeTree(self.options.state) }
        if purge {
            attempt("remove the images") { () throws(KernelError) in try Files.removeTree(self.options.root) }
        }
    }

    /// The processes that stand between containerd and a pod's containers.
    private func shims() -> [Int32] {
        ProcessTable.commandLines().filter { _, words in
            words.first?.contains("containerd-shim") == true && words.contains(options.socket)
        }.map(\.key)
    }

    /// First processes of containers whose folder is still there. A number may be another process's by now, so
    /// it only counts when that process is in one of the container's namespaces' folders: its root says so.
    private func tasks() -> [Int32] {
        let folder = "\(options.state)/io.containerd.runtime.v2.task/k8s.io"
        // No folder, no containers.
        return ((try? Files.list(folder)) ?? []).compactMap { id in
            guard let text = try? Files.text("\(folder)/\(id)/init.pid"), let pid = Int32(text),
                // Control groups of a container end with its id.
                let groups = try? Files.text("/proc/\(pid)/cgroup"), groups.contains(id)
            else { return nil }
            return pid
        }
    }

    private func processes(inGroups roots: [String]) -> [Int32] {
        // Without control groups there is nothing in them; a group that goes away meanwhile is empty.
        guard let groups = try? SystemCgroups() else { return [] }
        return roots.flatMap { (try? groups.processes($0)) ?? [] }.filter { $0 != ProcessTable.ownPID }
    }

    private func attempt(_ what: String, _ body: () throws(KernelError) -> Void) {
        do throws(KernelError) {
            try body()
        } catch {
            log.warning("a step of the teardown failed", metadata: ["step": "\(what)", "error": "\(error)"])
        }
    }
}
