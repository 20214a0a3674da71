package import APIMachinery
package import APITypes

/// What one node is told about itself and its cluster.
package struct KubeletConfiguration: Sendable {
    /// Keys of the node's server; without them there is no server.
    package struct ServerIdentity: Sendable {
        package var certificateChainPEM: String
        package var privateKeyPEM: String
        /// Who signs the certificates of those who may call.
        package var clientCAPEM: String

        package init(certificateChainPEM: String, privateKeyPEM: String, clientCAPEM: String) {
            self.certificateChainPEM = certificateChainPEM
            self.privateKeyPEM = privateKeyPEM
            self.clientCAPEM = clientCAPEM
        }
    }

    package var nodeName: String
    /// Where manifests of pods lie that run without the API's saying so; upstream's `--pod-manifest-path`.
    package var staticPodDirectory: String?
    package var kubeletVersion = "v1.36.0+apus"
    /// Pods' directories with their volumes; upstream's `--root-dir`.
    package var rootDirectory = "/var/lib/kubelet"
    package var podLogsDirectory = "/var/log/pods"
    /// The cgroup under which `kubepods` is made, from the root of the hierarchy; empty for the root itself.
    package var cgroupRoot = ""
    /// Addresses of this node, the primary one first.
    package var nodeIPs: [String]
    package var clusterDNS: [String] = []
    /// Sysctls that pods may set beside the safe ones; prefixes end in `*`.
    package var allowedUnsafeSysctls: [String] = []
    package var clusterDomain = "cluster.local"
    package var resolverConfiguration = "/etc/resolv.conf"
    package var nodeLabels: [String: String] = [:]
    package var registerWithTaints: [Taint] = []
    package var podCIDR = ""
    package var maxPods = 110
    /// Kept back from what pods may use, by resource name.
    package var reserved: [String: Quantity] = [:]
    package var serverAddress = "0.0.0.0"
    /// 0 lets the kernel choose; the Node object then names what it chose.
    package var serverPort = 10250
    package var serverIdentity: ServerIdentity?
    /// How many bytes a container's log may have before it is rotated, and how many files are kept.
    package var containerLogMaxBytes: Int64 = 10 * 1024 * 1024
    package var containerLogMaxFiles = 5
    /// Names of images that never go: those without which no pod starts, and those that no registry has.
    package var keptImages: Set<String> = []
    /// Percent of the image file system at which image collection begins and ends.
    package var imageCollectionHighPercent = 85
    package var imageCollectionLowPercent = 80
    /// Pods are evicted when less memory (bytes) or node file system (percent) than this is available; 0 turns it off.
    package var evictionMemoryAvailableBytes: Int64 = 100 * 1024 * 1024
    package var evictionNodefsAvailablePercent = 10
    /// Tolerates a machine whose resources several nodes share: capacity is then what is given here.
    package var capacityOverride: [String: Quantity] = [:]

    package init(nodeName: String, nodeIPs: [String]) {
        self.nodeName = nodeName
        self.nodeIPs = nodeIPs
    }
}
