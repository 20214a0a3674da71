internal import APIMachinery
internal import APITypes

/// What a node asks of a pod again and again.
extension Pod {
    /// `name_namespace(uid)`, as upstream's messages name a pod.
    var formatted: String { "\(metadata.name)_\(metadata.namespace)(\(metadata.uid))" }

    /// Whether an init container, restarted for ever and running beside the others.
    static func isSidecar(_ container: Container) -> Bool { container.restartPolicy == "Always" }

    var isTerminal: Bool { status.phase == "Failed" || status.phase == "Succeeded" }

    var isStatic: Bool { metadata.annotations[PodLabels.configSource].map { $0 != "api" } ?? false }

    /// Init containers, containers and ephemeral containers.
    var allContainers: [Container] {
        spec.initContainers + spec.containers + spec.ephemeralContainers.map(\.asContainer)
    }

    func container(named name: String) -> Container? { allContainers.first { $0.name == name } }

    /// `spec.containers{name}`, the `fieldPath` of events about a container.
    func fieldPath(of container: String) -> String {
        if spec.initContainers.contains(where: { $0.name == container }) { return "spec.initContainers{\(container)}" }
        if spec.ephemeralContainers.contains(where: { $0.name == container }) {
            return "spec.ephemeralContainers{\(container)}"
        }
        return "spec.containers{\(container)}"
    }

    /// Seconds that containers get between the stop signal and the kill.
    var gracePeriodSeconds: Int64 {
        metadata.deletionGracePeriodSeconds ?? spec.terminationGracePeriodSeconds ?? 30
    }

    var usesHostNetwork: Bool { spec.hostNetwork }

    func condition(_ type: String) -> PodCondition? { status.conditions.first { $0.type == type } }
}

extension EphemeralContainer {
    /// An ephemeral container is a container with a few fields less.
    var asContainer: Container {
        var container = Container()
        container.name = name
        container.image = image
        container.command = command
        container.args = args
        container.workingDir = workingDir
        container.ports = ports
        container.envFrom = envFrom
        container.env = env
        container.resources = resources
        container.volumeMounts = volumeMounts
        container.lifecycle = lifecycle
        container.terminationMessagePath = terminationMessagePath
        container.terminationMessagePolicy = terminationMessagePolicy
        container.imagePullPolicy = imagePullPolicy
        container.securityContext = securityContext
        container.stdin = stdin
        container.stdinOnce = stdinOnce
        container.tty = tty
        return container
    }
}
