/// The labels and annotations by which the runtime remembers whose a container is; a restarted kubelet
/// finds its pods by them. Upstream's names.
package enum PodLabels {
    package static let podName = "io.kubernetes.pod.name"
    package static let podNamespace = "io.kubernetes.pod.namespace"
    package static let podUID = "io.kubernetes.pod.uid"
    package static let containerName = "io.kubernetes.container.name"
    package static let restartCount = "io.kubernetes.container.restartCount"
    package static let hash = "io.kubernetes.container.hash"
    package static let terminationMessagePath = "io.kubernetes.container.terminationMessagePath"
    package static let terminationMessagePolicy = "io.kubernetes.container.terminationMessagePolicy"
    package static let containerPorts = "io.kubernetes.container.ports"
    package static let podTerminationGracePeriod = "io.kubernetes.pod.terminationGracePeriod"
    package static let podDeletionGracePeriod = "io.kubernetes.pod.deletionGracePeriod"
    /// Set by static pods and read by everybody.
    package static let configSource = "kubernetes.io/config.source"
    package static let configHash = "kubernetes.io/config.hash"
    package static let configSeen = "kubernetes.io/config.seen"
    package static let configMirror = "kubernetes.io/config.mirror"
}
