package import APITypes
package import ContainerRuntime

/// What the runtime is told about a container, from parts that were already resolved. Pure.
package struct ContainerConfigPlan: Sendable {
    package var pod: Pod
    package var container: Container
    package var attempt: Int
    package var variables: [ContainerVariable]
    package var mounts: [ContainerMount]
    package var image: RuntimeImage
    package var targetID: String
    package var memoryCapacity: Int64

    package init(
        pod: Pod, container: Container, attempt: Int, variables: [ContainerVariable], mounts: [ContainerMount],
        image: RuntimeImage, targetID: String = "", memoryCapacity: Int64
    ) {
        self.pod = pod
        self.container = container
        self.attempt = attempt
        self.variables = variables
        self.mounts = mounts
        self.image = image
        self.targetID = targetID
        self.memoryCapacity = memoryCapacity
    }

    package func config() throws(ContainerConfigFailure) -> ContainerConfig {
        var config = ContainerConfig(
            metadata: ContainerMetadata(name: container.name, attempt: UInt32(attempt)), image: image.id)
        config.userSpecifiedImage = container.image
        let values = Dictionary(variables.map { ($0.name, $0.value) }) { $1 }
        config.command = container.command.map { VariableExpansion.expand($0) { values[$0] } }
        config.args = container.args.map { VariableExpansion.expand($0) { values[$0] } }
        config.workingDirectory = container.workingDir
        config.environment = variables
        config.mounts = mounts
        config.labels = SandboxPlan.identity(of: pod).merging([PodLabels.containerName: container.name]) { $1 }
        config.annotations = annotations
        config.logPath = "\(container.name)/\(attempt).log"
        config.stdin = container.stdin
        config.stdinOnce = container.stdinOnce
        config.tty = container.tty
        config.resources = ResourcePlan.resources(container, in: pod, memoryCapacity: memoryCapacity)
        config.security = try SecurityPlan.security(container, in: pod, image: image, targetID: targetID)
        config.stopSignal = container.lifecycle?.stopSignal
        return config
    }

    private var annotations: [String: String] {
        var annotations = [
            PodLabels.hash: ContainerHash.of(container),
            PodLabels.restartCount: String(attempt),
            PodLabels.terminationMessagePath: container.terminationMessagePath,
            PodLabels.terminationMessagePolicy: container.terminationMessagePolicy,
        ]
        if let seconds = pod.metadata.deletionGracePeriodSeconds {
            annotations[PodLabels.podDeletionGracePeriod] = String(seconds)
        }
        if let seconds = pod.spec.terminationGracePeriodSeconds {
            annotations[PodLabels.podTerminationGracePeriod] = String(seconds)
        }
        return annotations
    }
}
