package import Determinism

package enum RuntimeContainerState: Sendable, Equatable { case created, running, exited, unknown }

/// A row of the list of containers.
package struct RuntimeContainer: Sendable, Equatable {
    package var id: String
    package var sandboxID: String
    package var metadata: ContainerMetadata
    /// The image as `ContainerConfig.image` named it.
    package var image: String
    /// The id or digest of the image that runs.
    package var imageRef: String
    package var state: RuntimeContainerState
    package var createdAt: Timestamp
    package var labels: [String: String]
    package var annotations: [String: String]

    package init(
        id: String, sandboxID: String, metadata: ContainerMetadata, image: String, imageRef: String,
        state: RuntimeContainerState, createdAt: Timestamp, labels: [String: String] = [:],
        annotations: [String: String] = [:]
    ) {
        self.id = id
        self.sandboxID = sandboxID
        self.metadata = metadata
        self.image = image
        self.imageRef = imageRef
        self.state = state
        self.createdAt = createdAt
        self.labels = labels
        self.annotations = annotations
    }
}

/// All that the runtime knows of a container.
package struct RuntimeContainerStatus: Sendable, Equatable {
    package var id: String
    package var metadata: ContainerMetadata
    package var state: RuntimeContainerState
    package var createdAt: Timestamp
    /// nil before the container has started.
    package var startedAt: Timestamp?
    /// nil before the container has ended.
    package var finishedAt: Timestamp?
    package var exitCode: Int32 = 0
    package var image: String
    package var imageRef: String
    /// A word such as `Completed`, `Error` or `OOMKilled`; empty while it runs.
    package var reason = ""
    package var message = ""
    package var labels: [String: String] = [:]
    package var annotations: [String: String] = [:]
    package var mounts: [ContainerMount] = []
    /// The whole path of the log file.
    package var logPath = ""
    /// The limits in force, where the runtime reports them.
    package var resources: LinuxResources?

    package init(
        id: String, metadata: ContainerMetadata, state: RuntimeContainerState, createdAt: Timestamp,
        image: String, imageRef: String
    ) {
        self.id = id
        self.metadata = metadata
        self.state = state
        self.createdAt = createdAt
        self.image = image
        self.imageRef = imageRef
    }
}

/// Which containers to list; nil and empty mean all.
package struct ContainerFilter: Sendable, Equatable {
    package var id: String?
    package var state: RuntimeContainerState?
    package var sandboxID: String?
    package var labels: [String: String]

    package init(
        id: String? = nil, state: RuntimeContainerState? = nil, sandboxID: String? = nil,
        labels: [String: String] = [:]
    ) {
        self.id = id
        self.state = state
        self.sandboxID = sandboxID
        self.labels = labels
    }
}

/// What a command that ran to its end left behind. The runtime cuts each stream at 16 MiB.
package struct ExecResult: Sendable, Equatable {
    package var stdout: [UInt8]
    package var stderr: [UInt8]
    package var exitCode: Int32

    package init(stdout: [UInt8] = [], stderr: [UInt8] = [], exitCode: Int32 = 0) {
        self.stdout = stdout
        self.stderr = stderr
        self.exitCode = exitCode
    }
}

/// A command whose streams go over the network. With `tty`, `stderr` must be false.
package struct ExecStreamRequest: Sendable, Equatable {
    package var containerID: String
    package var command: [String]
    package var tty: Bool
    package var stdin: Bool
    package var stdout: Bool
    package var stderr: Bool

    package init(
        containerID: String, command: [String], tty: Bool = false, stdin: Bool = false, stdout: Bool = true,
        stderr: Bool = true
    ) {
        self.containerID = containerID
        self.command = command
        self.tty = tty
        self.stdin = stdin
        self.stdout = stdout
        self.stderr = stderr
    }
}

/// A container's own streams over the network. With `tty`, `stderr` must be false.
package struct AttachStreamRequest: Sendable, Equatable {
    package var containerID: String
    package var tty: Bool
    package var stdin: Bool
    package var stdout: Bool
    package var stderr: Bool

    package init(
        containerID: String, tty: Bool = false, stdin: Bool = false, stdout: Bool = true, stderr: Bool = true
    ) {
        self.containerID = containerID
        self.tty = tty
        self.stdin = stdin
        self.stdout = stdout
        self.stderr = stderr
    }
}

extension ContainerFilter {
    package func matches(_ container: RuntimeContainer) -> Bool {
        (id == nil || id == container.id) && (state == nil || state == container.state)
            && (sandboxID == nil || sandboxID == container.sandboxID)
            && labels.allSatisfy { container.labels[$0.key] == $0.value }
    }
}
