package import APITypes
package import ContainerRuntime
package import Determinism
internal import Synchronization

/// Why a container could not be started; the reason goes into its status as it is.
package struct StartFailure: Error, Equatable {
    package var reason: String
    package var message: String

    package init(_ reason: String, _ message: String) {
        self.reason = reason
        self.message = message
    }

    package var waiting: WaitingReason { WaitingReason(reason, message) }
}

/// Sees to it that a container's image is here, by its pull policy, slower and slower when it fails.
package final class ImagePuller: Sendable {
    private struct State {
        var backoff = RestartBackoff()
        /// The last error by key, for the message of those who wait.
        var errors: [String: String] = [:]
    }

    private let runtime: any ImageService
    private let events: PodEvents
    private let time: any Timekeeper
    private let state = Mutex(State())

    package init(runtime: any ImageService, events: PodEvents, time: any Timekeeper) {
        self.runtime = runtime
        self.events = events
        self.time = time
    }

    /// The local image to run, pulled if need be.
    package func ensure(
        _ container: Container, of pod: Pod, keyring: RegistryKeyring
    ) async throws(StartFailure) -> RuntimeImage {
        guard let reference = ImageReference(container.image) else {
            let message =
                "Failed to apply default image tag \"\(container.image)\": "
                + "couldn't parse image name \"\(container.image)\": invalid reference format"
            events.warning(pod, container: container.name, "InspectFailed", message)
            throw StartFailure("InvalidImageName", message)
        }
        let present = try await inspect(reference.pullName, container, pod)
        let policy = container.imagePullPolicy
        if let present, policy != "Always" {
            events.normal(
                pod, container: container.name, "Pulled",
                "Container image \"\(container.image)\" already present on machine and can be accessed by the pod")
            return present
        }
        if policy == "Never" {
            let message = "Container image \"\(container.image)\" is not present with pull policy of Never"
            events.warning(pod, container: container.name, "ErrImageNeverPull", message)
            throw StartFailure("ErrImageNeverPull", message)
        }
        try waitIfFailing(container, pod)
        return try await pull(reference, container, pod, keyring)
    }

    /// When the image may be tried again; nil when it may be now.
    package func remainingBackoff(_ container: Container, of pod: Pod) -> Duration? {
        state.withLock { $0.backoff.remainingSinceTry(Self.key(container, pod), now: time.now) }
    }

    /// Forgets a pod that is gone.
    package func forget(_ uid: String) {
        state.withLock { state in
            state.backoff.forget(prefix: uid)
            state.errors = state.errors.filter { !$0.key.hasPrefix(uid) }
        }
    }

    private static func key(_ container: Container, _ pod: Pod) -> String { "\(pod.metadata.uid)_\(container.image)" }

    private func inspect(
        _ name: String, _ container: Container, _ pod: Pod
    ) async throws(StartFailure) -> RuntimeImage? {
        do throws(RuntimeServiceError) {
            return try await runtime.imageStatus(name)
        } catch {
            let message = "Failed to inspect image \"\(container.image)\": \(error.message)"
            events.warning(pod, container: container.name, "InspectFailed", message)
            throw StartFailure("ImageInspectError", message)
        }
    }

    private func waitIfFailing(_ container: Container, _ pod: Pod) throws(StartFailure) {
        let key = Self.key(container, pod)
        let (remaining, error) = state.withLock {
            ($0.backoff.remainingSinceTry(key, now: time.now), $0.errors[key])
        }
        guard remaining != nil else { return }
        let message = "Back-off pulling image \"\(container.image)\""
        events.normal(pod, container: container.name, "BackOff", message)
        events.warning(pod, container: container.name, "Failed", "Error: ImagePullBackOff")
        throw StartFailure("ImagePullBackOff", error.map { "\(message): ErrImagePull: \($0)" } ?? message)
    }

    private func pull(
        _ reference: ImageReference, _ container: Container, _ pod: Pod, _ keyring: RegistryKeyring
    ) async throws(StartFailure) -> RuntimeImage {
        events.normal(pod, container: container.name, "Pulling", "Pulling image \"\(container.image)\"")
        let begin = time.uptime
        let fitting = keyring.credentials(for: reference)
        let attempts: [RegistryCredentials?] = fitting.isEmpty ? [nil] : fitting
        var failure = RuntimeServiceError(.unknown, "")
        for credentials in attempts {
            do throws(RuntimeServiceError) {
                let id = try await runtime.pullImage(reference.pullName, credentials: credentials)
                guard let image = try await runtime.imageStatus(id) else {
                    throw RuntimeServiceError(.notFound, "image \(id) vanished after the pull")
                }
                let took = Duration.milliseconds((time.uptime - begin).wholeMilliseconds).goText
                events.normal(
                    pod, container: container.name, "Pulled",
                    "Successfully pulled image \"\(container.image)\" in \(took) (\(took) including waiting). "
                        + "Image size: \(image.sizeBytes) bytes.")
                return image
            } catch {
                failure = error
            }
        }
        throw failed(failure, container, pod)
    }

    private func failed(_ error: RuntimeServiceError, _ container: Container, _ pod: Pod) -> StartFailure {
        if error.code == .cancelled { return StartFailure("ErrImagePull", error.message) }
        let key = Self.key(container, pod)
        let now = time.now
        state.withLock { state in
            state.backoff.tried(key, since: now, now: now)
            state.errors[key] = error.message
        }
        events.warning(
            pod, container: container.name, "Failed", "Failed to pull image \"\(container.image)\": \(error.message)")
        events.warning(pod, container: container.name, "Failed", "Error: ErrImagePull")
        return StartFailure("ErrImagePull", error.message)
    }
}
