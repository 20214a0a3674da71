internal import APIMachinery
internal import APITypes
internal import ContainerRuntime
internal import ControllerRuntime
internal import Determinism

/// From paths to answers; upstream's paths and parameters.
struct NodeRouter: Sendable {
    /// How long `/run` lets a command work.
    static let runTimeout = Duration.seconds(60)

    let workers: PodWorkers
    let services: KubeletServices
    let stats: NodeStats

    func answer(_ request: NodeRequest) async -> NodeAnswer {
        let parts = request.path.split(separator: "/").map(String.init)
        switch (parts.first ?? "", parts.count) {
        case ("healthz", _): return .text(200, "ok")
        case ("pods", 1): return pods()
        case ("runningpods", 1): return pods { $0.status.phase == "Running" }
        case ("containerLogs", 4):
            return await ContainerLogs(workers: workers, services: services)
                .answer(request, namespace: parts[1], pod: parts[2], container: parts[3])
        case ("exec", 4), ("exec", 5): return await exec(request, parts)
        case ("attach", 4), ("attach", 5): return await attach(request, parts)
        case ("portForward", 3), ("portForward", 4): return await portForward(request, parts)
        case ("run", 4), ("run", 5): return await run(request, parts)
        case ("stats", 2) where parts[1] == "summary":
            return .bytes(await stats.summary().json, contentType: "application/json")
        case ("metrics", 2) where parts[1] == "resource":
            return .text(200, await stats.resourceMetrics(), contentType: "text/plain; version=0.0.4; charset=utf-8")
        case ("metrics", 2) where parts[1] == "cadvisor":
            return .text(200, await stats.cadvisorMetrics(), contentType: "text/plain; version=0.0.4; charset=utf-8")
        case ("metrics", 2) where parts[1] == "probes":
            return .text(200, stats.probeMetrics(), contentType: "text/plain; version=0.0.4; charset=utf-8")
        case ("logs", _): return NodeLogs.answer(request.path)
        case ("metrics", 1):
            return .text(200, await stats.kubeletMetrics(), contentType: "text/plain; version=0.0.4; charset=utf-8")
        case ("configz", 1): return .bytes(configuration.json, contentType: "application/json")
        default: return .refusal(404, "404 page not found")
        }
    }

    private func pods(_ isWanted: (Pod) -> Bool = { _ in true }) -> NodeAnswer {
        let pods = workers.all.map(\.pod).filter(isWanted).sorted {
            ($0.metadata.namespace, $0.metadata.name) < ($1.metadata.namespace, $1.metadata.name)
        }
        return .bytes(ObjectList<Pod>(items: pods).json, contentType: "application/json")
    }

    private var configuration: Value {
        let own = services.configuration
        var value: Value = ["kind": "KubeletConfiguration", "apiVersion": "kubelet.config.k8s.io/v1beta1"]
        value["clusterDomain"] = .string(own.clusterDomain)
        value["clusterDNS"] = .array(own.clusterDNS.map { .string($0) })
        value["port"] = .integer(Int64(own.serverPort))
        value["maxPods"] = .integer(Int64(own.maxPods))
        value["cgroupRoot"] = .string(own.cgroupRoot)
        value["authentication"] = [
            "anonymous": ["enabled": false], "webhook": ["enabled": true, "cacheTTL": "1m0s"],
        ]
        value["authorization"] = ["mode": "Webhook"]
        value["enableServer"] = true
        value["staticPodPath"] = .string(own.staticPodDirectory ?? "")
        value["nodeStatusUpdateFrequency"] = "10s"
        value["evictionHard"] = [
            "memory.available": .string("\(own.evictionMemoryAvailableBytes / (1024 * 1024))Mi"),
            "nodefs.available": .string("\(own.evictionNodefsAvailablePercent)%"),
        ]
        value["containerLogMaxSize"] = .string("\(own.containerLogMaxBytes / (1024 * 1024))Mi")
        value["containerLogMaxFiles"] = .integer(Int64(own.containerLogMaxFiles))
        value["imageGCHighThresholdPercent"] = .integer(Int64(own.imageCollectionHighPercent))
        value["imageGCLowThresholdPercent"] = .integer(Int64(own.imageCollectionLowPercent))
        return ["kubeletconfig": value]
    }

    // MARK: Streams

    /// The running container that a path names, `/{verb}/{namespace}/{pod}[/{uid}]/{container}`.
    private func container(_ parts: [String]) -> Result<PodRuntime.Container, StatusLine> {
        guard let worker = workers.worker(ObjectKey(namespace: parts[1], name: parts[2])),
            parts.count == 4 || worker.uid == parts[3]
        else { return .failure(StatusLine(404, "pod does not exist")) }
        let name = parts[parts.count - 1]
        guard let container = worker.runtime.newest(name), container.state == .running else {
            return .failure(StatusLine(404, "container not found (\"\(name)\")"))
        }
        return .success(container)
    }

    private func exec(_ request: NodeRequest, _ parts: [String]) async -> NodeAnswer {
        await stream(parts) { container throws(RuntimeServiceError) in
            let (input, output, error, tty) = Self.streams(request)
            return try await services.runtime.exec(
                ExecStreamRequest(
                    containerID: container.id, command: request.values("command"), tty: tty, stdin: input,
                    stdout: output, stderr: error && !tty))
        }
    }

    private func attach(_ request: NodeRequest, _ parts: [String]) async -> NodeAnswer {
        await stream(parts) { container throws(RuntimeServiceError) in
            let (input, output, error, tty) = Self.streams(request)
            return try await services.runtime.attach(
                AttachStreamRequest(
                    containerID: container.id, tty: tty, stdin: input, stdout: output, stderr: error && !tty))
        }
    }

    private func portForward(_ request: NodeRequest, _ parts: [String]) async -> NodeAnswer {
        guard let worker = workers.worker(ObjectKey(namespace: parts[1], name: parts[2])),
            parts.count == 3 || worker.uid == parts[3]
        else { return .refusal(404, "pod does not exist") }
        guard let sandbox = worker.runtime.readySandbox else { return .refusal(404, "pod not found (\"\(parts[2])\")") }
        let ports = request.values("port").flatMap { $0.split(separator: ",") }.compactMap { Int32($0) }
        do throws(RuntimeServiceError) {
            return .tunnel(to: try await services.runtime.portForward(sandbox.id, ports: ports))
        } catch {
            return .refusal(500, error.message)
        }
    }

    private func stream(
        _ parts: [String], _ url: (PodRuntime.Container) async throws(RuntimeServiceError) -> String
    ) async -> NodeAnswer {
        switch container(parts) {
        case .failure(let line): return .refusal(line.code, line.message)
        case .success(let container):
            do throws(RuntimeServiceError) {
                return .tunnel(to: try await url(container))
            } catch {
                return .refusal(500, error.message)
            }
        }
    }

    private func run(_ request: NodeRequest, _ parts: [String]) async -> NodeAnswer {
        guard request.method == "POST" else { return .refusal(405, "405: Method Not Allowed") }
        switch container(parts) {
        case .failure(let line): return .refusal(line.code, line.message)
        case .success(let container):
            let command = (request.value("cmd") ?? "").split(separator: " ").map(String.init)
            do throws(RuntimeServiceError) {
                let result = try await services.runtime.execSync(
                    container.id, command: command, timeout: Self.runTimeout)
                return .bytes(result.stdout + result.stderr, contentType: "text/plain")
            } catch {
                return .refusal(500, error.message)
            }
        }
    }

    /// The API server speaks of input, output and error; people of stdin, stdout and stderr.
    private static func streams(_ request: NodeRequest) -> (input: Bool, output: Bool, error: Bool, tty: Bool) {
        (
            request.flag("input") || request.flag("stdin"), request.flag("output") || request.flag("stdout"),
            request.flag("error") || request.flag("stderr"), request.flag("tty")
        )
    }
}

/// A refusal on its way to becoming an answer.
struct StatusLine: Error {
    let code: Int
    let message: String

    init(_ code: Int, _ message: String) {
        self.code = code
        self.message = message
    }
}
