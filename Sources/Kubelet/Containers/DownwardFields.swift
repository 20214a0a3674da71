package import APIMachinery
package import APITypes

/// A pod's own fields, as its containers may see them in variables and files.
package struct DownwardFields: Sendable {
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    package var pod: Pod
    package var nodeName: String
    package var hostIPs: [String]
    package var podIPs: [String]
    /// What a container without limits may use at most.
    package var nodeAllocatable: [String: Quantity]

    package init(
        pod: Pod, nodeName: String, hostIPs: [String], podIPs: [String], nodeAllocatable: [String: Quantity]
    ) {
        self.pod = pod
        self.nodeName = nodeName
        self.hostIPs = hostIPs
        self.podIPs = podIPs
        self.nodeAllocatable = nodeAllocatable
    }

    /// The value of `metadata.name`, `metadata.labels['x']`, `status.podIP` and the like.
    package func value(of path: String) throws(Failure) -> String {
        if let key = Self.subscriptKey(path, of: "metadata.annotations") { return pod.metadata.annotations[key] ?? "" }
        if let key = Self.subscriptKey(path, of: "metadata.labels") { return pod.metadata.labels[key] ?? "" }
        switch path {
        case "metadata.name": return pod.metadata.name
        case "metadata.namespace": return pod.metadata.namespace
        case "metadata.uid": return pod.metadata.uid
        case "metadata.labels": return Self.lines(pod.metadata.labels)
        case "metadata.annotations": return Self.lines(pod.metadata.annotations)
        case "spec.nodeName": return nodeName
        case "spec.serviceAccountName": return pod.spec.serviceAccountName
        case "status.hostIP": return hostIPs.first ?? ""
        case "status.hostIPs": return hostIPs.joined(separator: ",")
        case "status.podIP": return podIPs.first ?? ""
        case "status.podIPs": return podIPs.joined(separator: ",")
        default: throw Failure(description: "unsupported fieldPath: \(path)")
        }
    }

    /// The value of `limits.cpu` and the like, rounded up to whole divisors.
    package func value(of selector: ResourceFieldSelector, in container: Container) throws(Failure) -> String {
        let parts = selector.resource.split(separator: ".", maxSplits: 1).map(String.init)
        guard parts.count == 2, parts[0] == "limits" || parts[0] == "requests" else {
            throw Failure(description: "unsupported container resource: \(selector.resource)")
        }
        let name = parts[1]
        let limit = container.resources.limits[name]
        let isLimit = parts[0] == "limits"
        let quantity =
            isLimit
            ? limit ?? (name == "cpu" || name == "memory" || name == "ephemeral-storage" ? nodeAllocatable[name] : nil)
            : container.resources.requests[name] ?? limit
        let value = quantity ?? .zero
        let divisor = selector.divisor.isZero ? Quantity.units(1) : selector.divisor
        let whole = (value.nanos + divisor.nanos - 1) / divisor.nanos
        return String(whole)
    }

    /// `key="value"` lines sorted by key, the value quoted as Go does.
    static func lines(_ map: [String: String]) -> String {
        map.sorted { $0.key < $1.key }.map { "\($0.key)=\(GoText.quote($0.value))" }.joined(separator: "\n")
    }

    private static func subscriptKey(_ path: String, of field: String) -> String? {
        guard path.hasPrefix(field + "['"), path.hasSuffix("']") else { return nil }
        return String(path.dropFirst(field.count + 2).dropLast(2))
    }
}
