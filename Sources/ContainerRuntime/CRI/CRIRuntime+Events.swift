internal import CRIProtocol
internal import Determinism
internal import Logging
internal import SwiftProtobuf

extension CRIRuntime {
    /// containerd acknowledges no subscription, so what happens while it is being made may be missed: readers are
    /// told to list once more after this long.
    static let settleDelay = Duration.seconds(1)

    private static let retry = Backoff(initial: .milliseconds(100), maximum: .seconds(2))

    /// Follows containerd's events until the task is cancelled. A runtime without this stream is asked again and
    /// again, and each time readers are told to list: polling, then.
    func followEvents() async {
        var attempt = 0
        while !Task.isCancelled {
            let begun = time.uptime
            do throws(RuntimeServiceError) {
                try await followOnce()
                log.debug("event stream of the container runtime ended")
            } catch {
                log.debug("event stream of the container runtime failed", metadata: ["error": "\(error)"])
            }
            attempt = time.uptime - begun > .seconds(10) ? 0 : attempt + 1
            let delay = Self.retry.delay(attempt: attempt, random: SystemRandomSource())
            do { try await time.sleep(for: delay) } catch { return }
        }
    }

    private func followOnce() async throws(RuntimeServiceError) {
        var request = Containerd_Events_SubscribeRequest()
        request.filters = ContainerdEvent.Topic.allCases.map { "namespace==k8s.io,topic==\"\($0.rawValue)\"" }
        let subscription = request
        // The runtime answers, so the stream that comes next will most likely come to be.
        _ = try await version()
        let outcome: Result<Void, RuntimeServiceError> = await withTaskGroup(
            of: Result<Void, RuntimeServiceError>?.self
        ) { group in
            group.addTask {
                self.feed.publish(RuntimeEvent(.resync, time: self.time.now))
                // Cancelled when the stream ended before; then there is nothing to tell.
                guard (try? await self.time.sleep(for: Self.settleDelay)) != nil else { return nil }
                self.feed.publish(RuntimeEvent(.resync, time: self.time.now))
                return nil
            }
            group.addTask {
                do throws(RuntimeServiceError) {
                    return .success(try await self.subscribe(subscription))
                } catch {
                    return .failure(error)
                }
            }
            for await result in group {
                guard let result else { continue }
                group.cancelAll()
                return result
            }
            return .success(())
        }
        try outcome.get()
    }

    private func subscribe(_ request: Containerd_Events_SubscribeRequest) async throws(RuntimeServiceError) {
        let feed = self.feed
        try await stream(.events, "Subscribe", request, of: Containerd_Events_Envelope.self) { envelope in
            if let event = ContainerdEvent.read(envelope) { feed.publish(event) }
        }
    }
}

/// Reads containerd's events.
enum ContainerdEvent {
    enum Topic: String, CaseIterable {
        case create = "/tasks/create"
        case start = "/tasks/start"
        case exit = "/tasks/exit"
        case outOfMemory = "/tasks/oom"
        case delete = "/containers/delete"
    }

    /// nil for what concerns no container as a whole (the end of an exec) or cannot be read.
    static func read(_ envelope: Containerd_Events_Envelope) -> RuntimeEvent? {
        guard let topic = Topic(rawValue: envelope.topic) else { return nil }
        let body = envelope.event.value
        let time = Timestamp(envelope.timestamp)
        // An event that does not parse is from a containerd we do not know; the next list makes up for it.
        switch topic {
        case .create:
            return (try? Containerd_Events_TaskCreate(serializedBytes: body)).map {
                RuntimeEvent(.created, id: $0.containerID, time: time)
            }
        case .start:
            return (try? Containerd_Events_TaskStart(serializedBytes: body)).map {
                RuntimeEvent(.started, id: $0.containerID, time: time)
            }
        case .exit:
            guard let exit = try? Containerd_Events_TaskExit(serializedBytes: body), exit.id == exit.containerID
            else { return nil }
            let ended = exit.hasExitedAt ? Timestamp(exit.exitedAt) : time
            return RuntimeEvent(.exited(code: Int32(truncatingIfNeeded: exit.exitStatus)), id: exit.id, time: ended)
        case .outOfMemory:
            return (try? Containerd_Events_TaskOOM(serializedBytes: body)).map {
                RuntimeEvent(.outOfMemory, id: $0.containerID, time: time)
            }
        case .delete:
            return (try? Containerd_Events_ContainerDelete(serializedBytes: body)).map {
                RuntimeEvent(.deleted, id: $0.id, time: time)
            }
        }
    }
}

extension Timestamp {
    init(_ moment: Containerd_Events_Timestamp) {
        self.init(nanoseconds: moment.seconds &* 1_000_000_000 &+ Int64(moment.nanos))
    }
}
