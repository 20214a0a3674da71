import APIClient
import APIMachinery
import APITypes
import ClusterPKI
import ContainerRuntime
import Determinism
import Glibc
import Kubelet
import LinuxKernel
import Logging
import Testing

/// The kubelet on the real containerd, under a fake API. Needs root, so it runs only when APUS_INTEGRATION is set.
@Suite("A kubelet on containerd", .serialized, .enabled(if: getenv("APUS_INTEGRATION") != nil))
struct KubeletOnContainerdTests {
    static let base = "/tmp/apus-kl-\(getpid())"
    static let cgroup = "/apus-kl-\(getpid())"
    static let network = """
        {"cniVersion": "0.4.0", "name": "apus-kl", "plugins": [
          {"type": "bridge", "bridge": "apuskl0", "isGateway": true,
           "ipam": {"type": "host-local", "dataDir": "\(base)/ipam", "ranges": [[{"subnet": "10.98.0.0/24"}]]}},
          {"type": "portmap", "capabilities": {"portMappings": true}}]}
        """

    let time = SystemTimekeeper()
    let cluster = FakeCluster()
    let log: Logger = {
        var log = Logger(label: "test")
        log.logLevel = .warning
        return log
    }()

    @Test("pods run, are probed, told off, taken over and cleaned away", .timeLimit(.minutes(5)))
    func everything() async throws {
        let options = ContainerdOptions(
            root: "\(Self.base)/root", state: "\(Self.base)/state", cniConfiguration: "\(Self.base)/cni")
        try Files.makeDirectory(options.cniConfiguration)
        try Files.write("\(options.cniConfiguration)/10-test.conflist", Array(Self.network.utf8))
        let runtime = try CRIRuntime(socket: options.socket, time: time, log: log)
        let containerd = ContainerdProcess(options, time: time, log: log)
        let connection = Task { await runtime.run() }
        do {
            try await containerd.start(answering: runtime)
            let archives = try containerd.archives()
            try await archives.build(try #require(PauseProgram.imageSpec()), scratch: Self.base)
            try await archives.build(
                BusyboxImage.blueprint(applets: try await BusyboxImage.applets()), scratch: Self.base)
            try await eventually("images") { try await runtime.imageStatus(BusyboxImage.name) != nil }
            try await eventually("pause") { try await runtime.imageStatus(PauseProgram.imageName) != nil }
            try await withKubelet(runtime) { try await firstLife(runtime) }
            try await withKubelet(runtime) {
                try await answers()
                try await secondLife(runtime)
            }
        } catch {
            Issue.record("\(error)")
        }
        await containerd.tearDown(asking: runtime, cgroupRoots: [Self.cgroup], purge: true)
        connection.cancel()
        _ = try await SystemProcessRunner().run(ProcessSpec("/sbin/ip", ["link", "delete", "apuskl0"]))
        try SystemMounts().unmountAll(below: Self.base)
        try Files.removeTree(Self.base)
    }

    private func withKubelet(_ runtime: CRIRuntime, _ body: @escaping @Sendable () async throws -> Void) async throws {
        var configuration = KubeletConfiguration(nodeName: "node-1", nodeIPs: ["192.0.2.1"])
        configuration.rootDirectory = "\(Self.base)/kubelet"
        configuration.podLogsDirectory = "\(Self.base)/logs"
        configuration.cgroupRoot = Self.cgroup
        configuration.clusterDNS = ["10.96.0.10"]
        configuration.evictionMemoryAvailableBytes = 0
        configuration.evictionNodefsAvailablePercent = 0
        configuration.serverAddress = "127.0.0.1"
        configuration.serverPort = 0
        configuration.serverIdentity = try identity()
        let kubelet = Kubelet(
            configuration: configuration, client: APIClient(transport: cluster, fieldManager: "kubelet"),
            runtime: runtime, cgroups: try SystemCgroups(), time: time, random: SystemRandomSource(), logger: log)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await kubelet.run() }
            group.addTask { try await body() }
            try await group.next()
            group.cancelAll()
        }
    }

    /// A pod with most of what a pod can have.
    private func firstLife(_ runtime: CRIRuntime) async throws {
        var map = ConfigMap()
        map.metadata.name = "settings"
        map.metadata.namespace = "default"
        map.data = ["color": "green"]
        cluster.put(map)
        cluster.put(web())
        try await eventually("ready") { self.pod("web")?.condition("Ready") == "True" }
        let ip = try #require(pod("web")?.status.podIP)
        #expect(ip.hasPrefix("10.98.0."))
        let seen = try await runtime.execSync(
            try #require(id("web")),
            command: [
                "sh", "-c",
                "cat /etc/config/color; echo; echo $COLOR; hostname; grep -c web /etc/hosts; id -u; cat /info/labels; "
                    + "cat /etc/resolv.conf; ls /cache; df /cache | tail -1; cat /token/token",
            ], timeout: .seconds(10))
        let text = String(decoding: seen.stdout, as: UTF8.self)
        #expect(text.hasPrefix("green\ngreen\nweb\n1\n1000\napp=\"web\""), "\(text)")
        #expect(text.contains("nameserver 10.96.0.10"))
        #expect(text.contains("tmpfs"))
        #expect(text.hasSuffix("a-token"))
        map.data = ["color": "blue"]
        cluster.put(map)
        try await eventually("the file follows the ConfigMap") {
            let color = try await runtime.execSync(
                try #require(self.id("web")), command: ["cat", "/etc/config/color"], timeout: .seconds(10))
            return String(decoding: color.stdout, as: UTF8.self) == "blue"
        }
        #expect(try SystemCgroups().processes("\(Self.cgroup)/kubepods/burstable/poduid-web").count >= 2)
        cluster.put(failing())
        try await eventually("crash loop") {
            self.pod("failing")?.status.containerStatuses.first?.state.waiting?.reason == "CrashLoopBackOff"
        }
        let ended = pod("failing")?.status.containerStatuses.first?.lastState.terminated
        #expect(ended?.exitCode == 7)
        #expect(ended?.message == "last words\n")
    }

    // MARK: The node's server

    private func identity() throws -> KubeletConfiguration.ServerIdentity {
        let random = SystemRandomSource()
        let authority = try CertificateAuthority.create(commonName: "test-ca", now: time.now, random: random)
        let stranger = try CertificateAuthority.create(commonName: "test-ca", now: time.now, random: random)
        let server = try authority.issue(
            CertificateProfile(commonName: "node-1", usages: [.server], ipAddresses: ["127.0.0.1"]), now: time.now,
            random: random)
        let friend = CertificateProfile(commonName: "kube-apiserver-kubelet-client", usages: [.client])
        for (name, pair) in [
            ("friend", try authority.issue(friend, now: time.now, random: random)),
            ("stranger", try stranger.issue(friend, now: time.now, random: random)),
        ] {
            try Files.write("\(Self.base)/\(name).crt", Array(pair.certificate.utf8))
            try Files.write("\(Self.base)/\(name).key", Array(pair.key.utf8))
        }
        try Files.write("\(Self.base)/ca.crt", Array(authority.pem.certificate.utf8))
        return KubeletConfiguration.ServerIdentity(
            certificateChainPEM: server.certificate, privateKeyPEM: server.key, clientCAPEM: authority.pem.certificate)
    }

    /// Asks as the API server would, or as `who` instead.
    private func ask(_ path: String, as who: String? = "friend", _ more: [String] = []) async throws -> String {
        let port = cluster.get(Node.self, "node-1")?.status.daemonEndpoints.kubeletEndpoint.Port ?? 0
        var arguments = ["-s", "-i", "-N", "--http1.1", "--max-time", "3", "--cacert", "\(Self.base)/ca.crt"]
        if let who { arguments += ["--cert", "\(Self.base)/\(who).crt", "--key", "\(Self.base)/\(who).key"] }
        let result = try await SystemProcessRunner().run(
            ProcessSpec("/usr/bin/curl", arguments + more + ["https://127.0.0.1:\(port)\(path)"]), timeout: .seconds(10)
        )
        return result.outputText
    }

    private func answers() async throws {
        try await eventually("server") { try await ask("/healthz").hasSuffix("ok") }
        for stranger in [nil, "stranger"] {
            #expect(try await ask("/pods", as: stranger).hasPrefix("HTTP/1.1 401"))
        }
        #expect(try await ask("/containerLogs/default/web/main").hasSuffix("\r\n\r\nstarted\n"))
        #expect(try await ask("/containerLogs/default/web/main?tailLines=0").hasSuffix("\r\n\r\n"))
        #expect(try await ask("/containerLogs/default/web/other").hasPrefix("HTTP/1.1 404"))
        #expect(try await ask("/containerLogs/default/failing/main?previous=true").hasPrefix("HTTP/1.1 200"))
        let upgrade = [
            "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==", "Sec-WebSocket-Protocol: v4.channel.k8s.io",
        ].flatMap { ["-H", $0] }
        let exec = try await ask(
            "/exec/default/web/main?command=echo&command=through+the+tunnel&output=1&error=1", as: "friend", upgrade)
        #expect(exec.hasPrefix("HTTP/1.1 101"), "\(exec)")
        #expect(exec.contains("through the tunnel\n"))
        let stats = try await ask("/stats/summary")
        #expect(stats.contains("\"workingSetBytes\"") && stats.contains("\"name\":\"web\""))
        #expect(try await ask("/metrics/resource").contains("container_memory_working_set_bytes{container=\"main\""))
    }

    /// Another kubelet takes over what the first left running, and ends it.
    private func secondLife(_ runtime: CRIRuntime) async throws {
        let before = id("web")
        try await time.sleep(for: .seconds(1))
        #expect(id("web") == before)
        #expect(try await runtime.containerStatus(try #require(before)).state == .running)
        #expect(pod("web")?.condition("Ready") == "True")
        let log = try Files.text("\(Self.base)/logs/default_web_uid-web/main/0.log")
        #expect(log.contains("stdout F started"))
        // Liveness: without its file the server is restarted.
        _ = try await runtime.execSync(try #require(before), command: ["rm", "/cache/alive"], timeout: .seconds(5))
        try await eventually("restarted by its liveness probe") {
            (self.pod("web")?.status.containerStatuses.first?.restartCount ?? 0) > 0
                && self.pod("web")?.condition("Ready") == "True"
        }
        for name in ["web", "failing"] { cluster.deletePod(name, grace: 1, at: time.now) }
        try await eventually("gone") { self.pod("web") == nil && self.pod("failing") == nil }
        try await eventually("nothing is left") {
            let sandboxes = try await runtime.listPodSandboxes(PodSandboxFilter())
            return sandboxes.isEmpty && HostFiles.names(in: "\(Self.base)/kubelet/pods").isEmpty
        }
        #expect(!(try SystemCgroups().exists("\(Self.cgroup)/kubepods/burstable/poduid-web")))
        let reasons = Set(cluster.all(Event.self).map(\.reason))
        #expect(reasons.isSuperset(of: ["Pulled", "Created", "Started", "Killing", "BackOff", "Unhealthy"]))
    }

    private func pod(_ name: String) -> Pod? { cluster.get(Pod.self, name) }

    private func id(_ name: String) -> String? {
        pod(name)?.status.containerStatuses.first.map { String($0.containerID.dropFirst("containerd://".count)) }
    }

    private func eventually(_ what: String, _ condition: () async throws -> Bool) async throws {
        for _ in 0..<600 {
            if try await condition() { return }
            try await time.sleep(for: .milliseconds(50))
        }
        let pods = cluster.all(Pod.self).map { String(decoding: $0.status.json, as: UTF8.self) }
        let events = cluster.all(Event.self).map { "\($0.reason): \($0.message)" }
        Issue.record("never: \(what)\n\(pods.joined(separator: "\n"))\n\(events.joined(separator: "\n"))")
        throw CancellationError()
    }
}

extension KubeletOnContainerdTests {
    private func failing() -> Pod {
        .sample(
            "failing",
            containers: [
                .sample {
                    $0.image = BusyboxImage.name
                    $0.command = ["sh", "-c", "echo last words > /dev/termination-log; exit 7"]
                }
            ])
    }

    private func web() -> Pod {
        let yaml: Value = [
            "metadata": ["name": "web", "namespace": "default", "uid": "uid-web", "labels": ["app": "web"]],
            "spec": [
                "nodeName": "node-1", "restartPolicy": "Always", "dnsPolicy": "ClusterFirst",
                "terminationGracePeriodSeconds": 1, "serviceAccountName": "default",
                "securityContext": ["runAsUser": 1000, "fsGroup": 2000],
                "initContainers": [
                    [
                        "name": "prepare", "image": .string(BusyboxImage.name), "imagePullPolicy": "IfNotPresent",
                        "command": ["sh", "-c", "touch /cache/alive"],
                        "volumeMounts": [["name": "cache", "mountPath": "/cache"]],
                    ]
                ],
                "containers": [
                    [
                        "name": "main", "image": .string(BusyboxImage.name), "imagePullPolicy": "IfNotPresent",
                        "command": [
                            "sh", "-c", "echo started; touch /cache/alive; exec httpd -f -p 8080 -h $(ROOT)",
                        ],
                        "env": [
                            ["name": "ROOT", "value": "/etc"],
                            [
                                "name": "COLOR",
                                "valueFrom": ["configMapKeyRef": ["name": "settings", "key": "color"]],
                            ],
                        ],
                        "ports": [["name": "http", "containerPort": 8080]],
                        "resources": ["requests": ["cpu": "10m"], "limits": ["memory": "64Mi"]],
                        "readinessProbe": [
                            "httpGet": ["path": "/hostname", "port": "http"], "periodSeconds": 1,
                        ],
                        "livenessProbe": [
                            "exec": ["command": ["cat", "/cache/alive"]], "initialDelaySeconds": 3, "periodSeconds": 1,
                            "failureThreshold": 1,
                        ],
                        "volumeMounts": [
                            ["name": "config", "mountPath": "/etc/config"], ["name": "cache", "mountPath": "/cache"],
                            ["name": "info", "mountPath": "/info"], ["name": "token", "mountPath": "/token"],
                        ],
                    ]
                ],
                "volumes": [
                    ["name": "config", "configMap": ["name": "settings"]],
                    ["name": "cache", "emptyDir": ["medium": "Memory", "sizeLimit": "1Mi"]],
                    [
                        "name": "info",
                        "downwardAPI": ["items": [["path": "labels", "fieldRef": ["fieldPath": "metadata.labels"]]]],
                    ],
                    [
                        "name": "token",
                        "projected": [
                            "sources": [["serviceAccountToken": ["path": "token", "expirationSeconds": 3600]]]
                        ],
                    ],
                ],
            ],
            "status": ["phase": "Pending"],
        ]
        do { return try Pod(value: yaml) } catch { preconditionFailure("\(error)") }
    }
}
