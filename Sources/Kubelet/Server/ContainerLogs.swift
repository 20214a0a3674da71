internal import APIMachinery
internal import APITypes
internal import ContainerRuntime
internal import ControllerRuntime
internal import Determinism

/// Answers `/containerLogs/{namespace}/{pod}/{container}`.
struct ContainerLogs: Sendable {
    let workers: PodWorkers
    let services: KubeletServices

    func answer(_ request: NodeRequest, namespace: String, pod name: String, container: String) async -> NodeAnswer {
        guard let worker = workers.worker(ObjectKey(namespace: namespace, name: name)) else {
            return .refusal(404, "pod \"\(name)\" does not exist")
        }
        let pod = worker.pod
        guard pod.container(named: container) != nil else {
            return .refusal(404, "container \"\(container)\" not found in pod \"\(name)\"")
        }
        let options: LogOptions
        do { options = try Self.options(request, now: services.time.now) } catch { return .refusal(400, "\(error)") }
        let isPrevious = request.flag("previous")
        // A runtime that does not answer leaves what was seen last.
        let runtime = (try? await PodRuntime.read(uid: worker.uid, from: services.runtime)) ?? worker.runtime
        let records = runtime.containers.filter { $0.name == container && $0.status.startedAt != nil }
        if isPrevious {
            let ended = records.filter { $0.state == .exited }
            guard let previous = records.first?.state == .running ? ended.first : ended.dropFirst().first ?? ended.first
            else {
                return .refusal(
                    400, "previous terminated container \"\(container)\" in pod \"\(name)\" not found")
            }
            return stream(previous, options, follow: false)
        }
        guard let newest = records.first else { return .refusal(400, waiting(worker, container, name)) }
        return stream(newest, options, follow: options.follow && newest.state == .running)
    }

    private func waiting(_ worker: PodWorker, _ container: String, _ pod: String) -> String {
        let status = worker.pod.status
        let all = status.initContainerStatuses + status.containerStatuses + status.ephemeralContainerStatuses
        guard let why = all.first(where: { $0.name == container })?.state.waiting?.reason, !why.isEmpty else {
            return "container \"\(container)\" in pod \"\(pod)\" is not available"
        }
        if why == "ErrImagePull" || why == "ImagePullBackOff" {
            return "container \"\(container)\" in pod \"\(pod)\" is waiting to start: trying and failing to pull image"
        }
        return "container \"\(container)\" in pod \"\(pod)\" is waiting to start: \(why)"
    }

    private func stream(_ container: PodRuntime.Container, _ options: LogOptions, follow: Bool) -> NodeAnswer {
        let path = container.status.logPath
        guard !path.isEmpty, HostFiles.kind(path) != nil else {
            return .refusal(
                500, "failed to try resolving symlinks in path \"\(path)\": lstat \(path): no such file or directory")
        }
        var options = options
        options.follow = follow
        let runtime = services.runtime
        let reader = LogReader(path: path, options: options, wakes: workers.exits(of: container.id)) {
            // A container that cannot be asked about writes no more.
            (try? await runtime.containerStatus(container.id).state) == .running
        }
        return .stream(PacedStream.make { try await reader.run($0) }, contentType: "text/plain")
    }

    static func options(_ request: NodeRequest, now: Timestamp) throws -> LogOptions {
        var options = LogOptions()
        options.follow = request.flag("follow")
        options.timestamps = request.flag("timestamps")
        func number(_ name: String) throws -> Int? {
            guard let text = request.value(name), !text.isEmpty else { return nil }
            guard let number = Int(text), number >= 0 else {
                throw ContainerConfigFailure("Unable to decode the request as v1.PodLogOptions: invalid \(name)")
            }
            return number
        }
        options.tailLines = try number("tailLines")
        options.limitBytes = try number("limitBytes")
        if let seconds = try number("sinceSeconds") { options.since = now - .seconds(Int64(seconds)) }
        if let text = request.value("sinceTime") { options.since = Timestamp(rfc3339: text) }
        switch request.value("stream") {
        case "Stdout": options.stream = .stdout
        case "Stderr": options.stream = .stderr
        default: break
        }
        return options
    }
}

/// A stream whose producer waits until each piece was taken, so that a slow reader holds up nobody's memory.
enum PacedStream {
    static func make(
        _ produce: @escaping @Sendable (_ write: (_ piece: [UInt8]) async throws -> Void) async throws -> Void
    ) -> AsyncThrowingStream<[UInt8], any Error> {
        let gate = PieceGate()
        let producer = Task {
            do {
                try await produce { try await gate.put($0) }
                gate.finish(nil)
            } catch {
                gate.finish(error)
            }
        }
        return AsyncThrowingStream {
            try await withTaskCancellationHandler {
                let piece = try await gate.take()
                if piece == nil { producer.cancel() }
                return piece
            } onCancel: {
                producer.cancel()
                gate.finish(CancellationError())
            }
        }
    }
}
