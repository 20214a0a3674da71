internal import APIMachinery
internal import APITypes
internal import ArgumentParser
internal import Kubelet

/// What a node's owner may set, under upstream's names.
struct KubeletOptions: ParsableArguments {
    @Option(help: "A directory with manifests of pods that run without the API server's saying so.")
    var podManifestPath: String?

    @Option(help: "How many pods may run here.")
    var maxPods: Int?

    @Option(help: "Labels of this node: key=value, comma separated.", transform: NamedValues.parse)
    var nodeLabels: NamedValues?

    @Option(help: "Taints with which this node registers: key=value:Effect, comma separated.")
    var registerWithTaints: String?

    @Option(help: "Kept for the system: cpu=100m,memory=200Mi.", transform: NamedValues.parse)
    var systemReserved: NamedValues?

    @Option(help: "Kept for the node's own parts: cpu=100m,memory=200Mi.", transform: NamedValues.parse)
    var kubeReserved: NamedValues?

    @Option(help: "Pods are evicted below this: memory.available<100Mi,nodefs.available<10%.")
    var evictionHard: String?

    @Option(help: "How large a container's log may grow before it is rotated, such as 10Mi.")
    var containerLogMaxSize: String?

    @Option(help: "How many files of a container's log are kept.")
    var containerLogMaxFiles: Int?

    @Option(help: "Percent of the disk in use at which unused images begin to go.")
    var imageGcHighThreshold: Int?

    @Option(help: "Percent of the disk in use at which no more images go.")
    var imageGcLowThreshold: Int?

    @Option(help: "Sysctls that pods may set beside the safe ones, comma separated; prefixes end in *.")
    var allowedUnsafeSysctls: String?

    func validate() throws {
        var configuration = KubeletConfiguration(nodeName: "", nodeIPs: [])
        do { try apply(to: &configuration) } catch let error as Refusal { throw ValidationError(error.message) }
    }

    private struct Refusal: Error { let message: String }

    func apply(to configuration: inout KubeletConfiguration) throws {
        configuration.staticPodDirectory = podManifestPath
        if let maxPods { configuration.maxPods = maxPods }
        configuration.nodeLabels.merge(nodeLabels?.values ?? [:]) { $1 }
        configuration.registerWithTaints = try taints()
        for (name, text) in (systemReserved?.pairs ?? []) + (kubeReserved?.pairs ?? []) {
            configuration.reserved[name, default: .zero] += try quantity(text)
        }
        if let evictionHard { try readEviction(evictionHard, &configuration) }
        if let containerLogMaxSize { configuration.containerLogMaxBytes = try quantity(containerLogMaxSize).value }
        if let containerLogMaxFiles { configuration.containerLogMaxFiles = containerLogMaxFiles }
        if let imageGcHighThreshold { configuration.imageCollectionHighPercent = imageGcHighThreshold }
        if let imageGcLowThreshold { configuration.imageCollectionLowPercent = imageGcLowThreshold }
        configuration.allowedUnsafeSysctls = Self.list(allowedUnsafeSysctls)
    }

    private func quantity(_ text: String) throws -> Quantity {
        guard let quantity = Quantity(text) else { throw Refusal(message: "\(text) is no quantity") }
        return quantity
    }

    private func taints() throws -> [Taint] {
        try Self.list(registerWithTaints).map { text in
            let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
            let pair = (parts.first ?? "").split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, let key = pair.first, !key.isEmpty else {
                throw Refusal(message: "\(text) is no taint: key=value:Effect")
            }
            var taint = Taint()
            taint.key = key
            taint.value = pair.count == 2 ? pair[1] : ""
            taint.effect = parts[1]
            return taint
        }
    }

    /// Signals that are not named are off, as upstream has it.
    private func readEviction(_ text: String, _ configuration: inout KubeletConfiguration) throws {
        configuration.evictionMemoryAvailableBytes = 0
        configuration.evictionNodefsAvailablePercent = 0
        for threshold in Self.list(text) {
            let parts = threshold.split(separator: "<", maxSplits: 1).map(String.init)
            switch (parts.first, parts.last) {
            case ("memory.available", let value?) where parts.count == 2 && !value.hasSuffix("%"):
                configuration.evictionMemoryAvailableBytes = try quantity(value).value
            case ("nodefs.available", let value?) where parts.count == 2 && value.hasSuffix("%"):
                guard let percent = Int(value.dropLast()), (0...100).contains(percent) else {
                    throw Refusal(message: "\(value) is no percentage")
                }
                configuration.evictionNodefsAvailablePercent = percent
            case _:
                throw Refusal(
                    message: "\(threshold): known are memory.available<QUANTITY and nodefs.available<PERCENT%")
            }
        }
    }

    private static func list(_ text: String?) -> [String] { (text ?? "").split(separator: ",").map(String.init) }

    /// The same options for another process.
    var arguments: [String] {
        let pairs: [(String, String?)] = [
            ("--pod-manifest-path", podManifestPath), ("--max-pods", maxPods.map(String.init)),
            ("--node-labels", nodeLabels?.text), ("--register-with-taints", registerWithTaints),
            ("--system-reserved", systemReserved?.text), ("--kube-reserved", kubeReserved?.text),
            ("--eviction-hard", evictionHard), ("--container-log-max-size", containerLogMaxSize),
            ("--container-log-max-files", containerLogMaxFiles.map(String.init)),
            ("--image-gc-high-threshold", imageGcHighThreshold.map(String.init)),
            ("--image-gc-low-threshold", imageGcLowThreshold.map(String.init)),
            ("--allowed-unsafe-sysctls", allowedUnsafeSysctls),
        ]
        return pairs.flatMap { name, value in value.map { [name, $0] } ?? [] }
    }
}

/// `a=b,c=d`
struct NamedValues: Sendable {
    var pairs: [(String, String)]

    var values: [String: String] { Dictionary(pairs) { $1 } }
    var text: String { pairs.map { "\($0)=\($1)" }.joined(separator: ",") }

    static func parse(_ text: String) throws -> NamedValues {
        NamedValues(
            pairs: try text.split(separator: ",").map { pair in
                let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
                guard sides.count == 2, !sides[0].isEmpty else { throw ValidationError("\(pair) is not name=value") }
                return (sides[0], sides[1])
            })
    }
}
