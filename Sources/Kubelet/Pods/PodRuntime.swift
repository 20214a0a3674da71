package import ContainerRuntime
package import Determinism

/// What the runtime knows of one pod, read at one moment: the plan's view of the world.
package struct PodRuntime: Sendable, Equatable {
    package struct Sandbox: Sendable, Equatable {
        package var id: String
        package var attempt: UInt32
        package var isReady: Bool
        package var createdAt: Timestamp
        package var usesHostNetwork: Bool
        package var ips: [String]

        package init(
            id: String, attempt: UInt32 = 0, isReady: Bool = true, createdAt: Timestamp = .testEpoch,
            usesHostNetwork: Bool = false, ips: [String] = []
        ) {
            self.id = id
            self.attempt = attempt
            self.isReady = isReady
            self.createdAt = createdAt
            self.usesHostNetwork = usesHostNetwork
            self.ips = ips
        }
    }

    package struct Container: Sendable, Equatable {
        package var sandboxID: String
        package var status: RuntimeContainerStatus

        package init(sandboxID: String, status: RuntimeContainerStatus) {
            self.sandboxID = sandboxID
            self.status = status
        }

        package var id: String { status.id }
        package var name: String { status.metadata.name }
        package var state: RuntimeContainerState { status.state }
        package var restartCount: Int {
            Int(status.annotations[PodLabels.restartCount] ?? "") ?? Int(status.metadata.attempt)
        }
        package var hash: String { status.annotations[PodLabels.hash] ?? "" }
        package var hasSucceeded: Bool { state == .exited && status.exitCode == 0 }
    }

    /// Newest first.
    package var sandboxes: [Sandbox]
    /// Newest first.
    package var containers: [Container]

    package init(sandboxes: [Sandbox] = [], containers: [Container] = []) {
        self.sandboxes = sandboxes
        self.containers = containers
    }

    /// The newest container of that name, in whatever sandbox.
    package func newest(_ name: String) -> Container? { containers.first { $0.name == name } }

    package var hasRunningContainers: Bool { containers.contains { $0.state == .running } }

    package var readySandbox: Sandbox? { sandboxes.first.flatMap { $0.isReady ? $0 : nil } }
}

extension PodRuntime {
    /// Asks the runtime about the pod with this UID.
    package static func read(
        uid: String, from runtime: any ContainerRuntime
    ) async throws(RuntimeServiceError) -> PodRuntime {
        let label = [PodLabels.podUID: uid]
        var result = PodRuntime()
        for row in try await runtime.listPodSandboxes(PodSandboxFilter(labels: label)) {
            do throws(RuntimeServiceError) {
                let status = try await runtime.podSandboxStatus(row.id)
                result.sandboxes.append(
                    Sandbox(
                        id: row.id, attempt: row.metadata.attempt, isReady: status.sandbox.state == .ready,
                        createdAt: row.createdAt, usesHostNetwork: status.namespaces.network == .node,
                        ips: status.ips))
            } catch where error.code == .notFound { continue }
        }
        for row in try await runtime.listContainers(ContainerFilter(labels: label)) {
            do throws(RuntimeServiceError) {
                let status = try await runtime.containerStatus(row.id)
                result.containers.append(Container(sandboxID: row.sandboxID, status: status))
            } catch where error.code == .notFound { continue }
        }
        result.sandboxes.sort { ($0.createdAt, $0.attempt) > ($1.createdAt, $1.attempt) }
        result.containers.sort {
            ($0.status.createdAt, $0.status.metadata.attempt) > ($1.status.createdAt, $1.status.metadata.attempt)
        }
        return result
    }
}
