import ContainerRuntime
import Determinism
import LinuxKernel
import Logging
import Testing

/// The whole way with the real containerd, runc and CNI plugins. Needs root and takes a few seconds, so it runs
/// only when APUS_INTEGRATION is set.
@Suite("containerd", .serialized, .enabled(if: ProcessTable.variable("APUS_INTEGRATION") != nil))
struct ContainerdTests {
    static let base = "/tmp/apus-rt-\(ProcessTable.ownPID)"
    static let cgroup = "/apus-rt-\(ProcessTable.ownPID)"
    static let network = """
        {"cniVersion": "0.4.0", "name": "apus-rt", "plugins": [
          {"type": "bridge", "bridge": "apusrt0", "isGateway": true,
           "ipam": {"type": "host-local", "dataDir": "\(base)/ipam", "ranges": [[{"subnet": "10.99.0.0/24"}]]}}]}
        """

    let time = SystemTimekeeper()
    let runner = SystemProcessRunner()
    let log = Logger(label: "test")

    var options: ContainerdOptions {
        ContainerdOptions(root: "\(Self.base)/root", state: "\(Self.base)/state", cniConfiguration: "\(Self.base)/cni")
    }

    @Test(.timeLimit(.minutes(5)))
    func `a pod runs, is looked into, and leaves nothing behind`() async throws {
        try Files.makeDirectory(options.cniConfiguration)
        try Files.write("\(options.cniConfiguration)/10-test.conflist", Array(Self.network.utf8))
        let runtime = try CRIRuntime(socket: options.socket, time: time, log: log)
        let containerd = ContainerdProcess(options, time: time, log: log)
        let connection = Task { await runtime.run() }
        do {
            try await containerd.start(answering: runtime)
            #expect(try await runtime.version().name == "containerd")
            try await loadImages(runtime, containerd.archives())
            try await runPod(runtime)
            try await survivesRestart(runtime, containerd)
        } catch {
            Issue.record("\(error)")
        }
        await containerd.tearDown(asking: runtime, cgroupRoots: [Self.cgroup], purge: true)
        connection.cancel()
        await connection.value
        _ = try await runner.run(ProcessSpec("/sbin/ip", ["link", "delete", "apusrt0"]))
        try expectNothingLeft()
        try Files.removeTree(Self.base)
    }

    func loadImages(_ runtime: CRIRuntime, _ archives: ImageArchives) async throws {
        let pause = try #require(PauseProgram.imageSpec())
        try await archives.build(pause, scratch: Self.base)
        let busybox = BusyboxImage.blueprint(applets: try await BusyboxImage.applets())
        try await archives.build(busybox, scratch: Self.base)
        // The CRI plugin hears of an import by an event of its own.
        try await eventually { try await runtime.imageStatus(BusyboxImage.name) != nil }
        try await eventually { try await runtime.imageStatus(PauseProgram.imageName) != nil }
        #expect(try await runtime.imageStatus("docker.io/library/nothing:1") == nil)
        let image = try #require(try await runtime.imageStatus("busybox"))
        #expect(image.tags.sorted() == (BusyboxImage.aliases + [BusyboxImage.name]).sorted())
        let recipe = "FROM \(BusyboxImage.name)\nCOPY page.html /srv/www/\nENV COLOUR=blue\nUSER 1000\n"
        try Files.makeDirectory("\(Self.base)/recipe")
        try Files.write("\(Self.base)/recipe/Dockerfile", Array(recipe.utf8))
        try Files.write("\(Self.base)/recipe/page.html", Array("made here".utf8))
        try await archives.build(folder: "\(Self.base)/recipe", name: "apus.local/site:2", scratch: Self.base)
        try await eventually { try await runtime.imageStatus("apus.local/site:2")?.uid == 1000 }
    }

    var sandboxConfig: PodSandboxConfig {
        var config = PodSandboxConfig(metadata: PodSandboxMetadata(name: "web", namespace: "default", uid: "uid-1"))
        config.hostname = "web"
        config.logDirectory = "\(Self.base)/logs"
        config.cgroupParent = "\(Self.cgroup)/pod1"
        config.labels = ["app": "web"]
        config.dns = SandboxDNS(servers: ["10.96.0.10"], searches: ["cluster.local"], options: ["ndots:5"])
        return config
    }

    func containerConfig() -> ContainerConfig {
        var config = ContainerConfig(metadata: ContainerMetadata(name: "main"), image: BusyboxImage.name)
        config.command = ["sh", "-c", "echo hello; echo $COLOUR >&2; exec httpd -f -p 8080 -h /etc"]
        config.environment = [ContainerVariable("COLOUR", "red")]
        config.logPath = "main.log"
        config.resources.cpuShares = 256
        config.resources.memoryLimitBytes = 64 << 20
        config.resources.oomScoreAdjust = -997
        return config
    }

    func runPod(_ runtime: CRIRuntime) async throws {
        try SystemCgroups().create("\(Self.cgroup)/pod1", CgroupLimits(cpuShares: 512))
        var events = runtime.events().makeAsyncIterator()
        try await time.sleep(for: .milliseconds(1500))
        let sandbox = try await runtime.runPodSandbox(sandboxConfig, handler: "")
        let ip = try #require(try await runtime.podSandboxStatus(sandbox).ips.first)
        #expect(ip.hasPrefix("10.99.0."))
        let id = try await runtime.createContainer(in: sandbox, containerConfig(), sandboxConfig: sandboxConfig)
        try await runtime.startContainer(id)

        let answer = try await runtime.execSync(
            id, command: ["sh", "-c", "wget -qO- http://127.0.0.1:8080/hostname; exit 3"], timeout: .seconds(10))
        #expect(answer.exitCode == 3)
        #expect(String(decoding: answer.stdout, as: UTF8.self) == "web\n")
        let page = try await runner.run(
            ProcessSpec("/bin/busybox", ["wget", "-qO-", "http://\(ip):8080/resolv.conf"]), timeout: .seconds(10))
        #expect(page.outputText.contains("nameserver 10.96.0.10"))
        let logText = try Files.text("\(Self.base)/logs/main.log")
        #expect(logText.contains("stdout F hello\n") && logText.contains("stderr F red\n"))

        await #expect(throws: RuntimeServiceError.self) {
            try await runtime.execSync(id, command: ["sleep", "60"], timeout: .seconds(1))
        }
        let stream = try await runtime.exec(ExecStreamRequest(containerID: id, command: ["sh"]))
        #expect(stream.hasPrefix("http://127.0.0.1:"))
        #expect(try await runtime.portForward(sandbox, ports: [8080]).hasPrefix("http://127.0.0.1:"))
        #expect(try await runtime.listContainers(ContainerFilter(state: .running, sandboxID: sandbox)).count == 1)
        #expect(try SystemCgroups().processes("\(Self.cgroup)/pod1").count >= 2)
        var site = ContainerConfig(metadata: ContainerMetadata(name: "site"), image: "apus.local/site:2")
        site.command = ["sh", "-c", "sleep 60"]
        let siteID = try await runtime.createContainer(in: sandbox, site, sandboxConfig: sandboxConfig)
        try await runtime.startContainer(siteID)
        let made = try await runtime.execSync(
            siteID, command: ["sh", "-c", "cat /srv/www/page.html; echo $COLOUR; id -u"], timeout: .seconds(10))
        #expect(String(decoding: made.stdout, as: UTF8.self) == "made hereblue\n1000\n")
        try await runtime.removeContainer(siteID)
        try await eventually { (try await runtime.containerStats(id).memory?.workingSetBytes ?? 0) > 0 }
        #expect((try await runtime.podSandboxStats(sandbox).containers.count) == 1)
        #expect(try await runtime.imageFilesystems().first?.mountPoint.isEmpty == false)
        try Files.rename("\(Self.base)/logs/main.log", to: "\(Self.base)/logs/old.log")
        try await runtime.reopenContainerLog(id)
        #expect(Files.exists("\(Self.base)/logs/main.log"))

        try await runtime.stopContainer(id, timeout: .seconds(1))
        let status = try await runtime.containerStatus(id)
        #expect(status.state == .exited)
        #expect(status.finishedAt != nil)
        var seen: [RuntimeEvent.Kind] = []
        while let event = await events.next(), seen.last != .exited(code: status.exitCode) {
            if event.id == id { seen.append(event.kind) }
            if seen.last == .exited(code: status.exitCode) { break }
        }
        #expect(seen.prefix(2) == [.created, .started])
        await #expect(throws: RuntimeServiceError.self) { try await runtime.containerStatus("nothing") }
    }

    /// Containers outlive the daemon, and the next process of ours takes the daemon over.
    func survivesRestart(_ runtime: CRIRuntime, _ containerd: ContainerdProcess) async throws {
        let sandbox = try #require(try await runtime.listPodSandboxes(PodSandboxFilter(state: .ready)).first)
        var config = containerConfig()
        config.metadata.attempt = 1
        let id = try await runtime.createContainer(in: sandbox.id, config, sandboxConfig: sandboxConfig)
        try await runtime.startContainer(id)
        await containerd.stop()
        await #expect(throws: RuntimeServiceError.self) { try await runtime.version() }
        try await containerd.start(answering: runtime)
        #expect(try await runtime.containerStatus(id).state == .running)

        let second = ContainerdProcess(options, time: time, log: log)
        try await second.start(answering: runtime)
        #expect(second.processID == containerd.processID)
        try await isRestartedWhenItDies(runtime, second)
        #expect(try await runtime.containerStatus(id).state == .running)
    }

    /// The daemon comes back, the connection too, and whoever listens is told to list.
    func isRestartedWhenItDies(_ runtime: CRIRuntime, _ containerd: ContainerdProcess) async throws {
        var events = runtime.events().makeAsyncIterator()
        #expect(await events.next()?.kind == .resync)
        let supervision = Task { await containerd.supervise() }
        let first = try #require(containerd.processID)
        ProcessTable.signal(first, ProcessTable.killNow)
        #expect(await events.next()?.kind == .resync)
        try await eventually {
            guard containerd.processID != first else { return false }
            return (try? await runtime.version()) != nil
        }
        supervision.cancel()
        await supervision.value
        // A Go server's pings and resets would end an unprotected connection after some 200 answers.
        for _ in 0..<1000 { _ = try await runtime.version() }
    }

    func expectNothingLeft() throws {
        #expect(try SystemMounts().list().filter { $0.target.hasPrefix(Self.base) } == [])
        #expect(!(try SystemCgroups().exists(Self.cgroup)))
        let left = ProcessTable.commandLines().values.filter { words in words.contains { $0.hasPrefix(Self.base) } }
        #expect(left.isEmpty)
        #expect(!Files.exists(options.state))
    }

    func eventually(_ condition: () async throws -> Bool) async throws {
        for _ in 0..<200 {
            if try await condition() { return }
            try await time.sleep(for: .milliseconds(50))
        }
        Issue.record("it did not come true in ten seconds")
    }
}
