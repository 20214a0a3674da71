package import APIMachinery
package import APITypes

/// Whether a pod that was sent here can run here: the last word after the scheduler's.
package enum NodeFitPlan {
    package struct Refusal: Sendable, Equatable {
        package var reason: String
        package var message: String
    }

    /// nil when the pod fits. An empty set of labels means that the node is not known yet: then they are not asked.
    package static func refusal(
        _ pod: Pod, beside others: [Pod], on labels: [String: String], _ allocatable: [String: Quantity]
    ) -> Refusal? {
        if let refusal = lacking(pod, others, allocatable) { return refusal }
        if !labels.isEmpty, !matches(pod, labels) {
            return Refusal(
                reason: "NodeAffinity",
                message: "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector")
        }
        let taken = others.flatMap(hostPorts)
        for port in hostPorts(pod) where taken.contains(where: { $0.conflicts(with: port) }) {
            return Refusal(
                reason: "NodePorts",
                message: "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports")
        }
        return nil
    }

    private static func lacking(_ pod: Pod, _ others: [Pod], _ allocatable: [String: Quantity]) -> Refusal? {
        if let most = allocatable["pods"]?.value, Int64(others.count) + 1 > most {
            return Refusal(
                reason: "OutOfpods",
                message:
                    "Node didn't have enough resource: pods, requested: 1, used: \(others.count), capacity: \(most)")
        }
        guard let shortage = shortage(pod, beside: others, allocatable) else { return nil }
        return Refusal(
            reason: "OutOf\(shortage.name)",
            message: "Node didn't have enough resource: \(shortage.name), requested: \(shortage.wanted), "
                + "used: \(shortage.used), capacity: \(shortage.capacity)")
    }

    /// What a pod wants more of than is left, in thousandths for the CPU.
    package struct Shortage: Sendable, Equatable {
        package var name: String
        package var wanted: Int64
        package var used: Int64
        package var capacity: Int64
    }

    package static func shortage(
        _ pod: Pod, beside others: [Pod], _ allocatable: [String: Quantity]
    ) -> Shortage? {
        let names = Set(pod.allContainers.flatMap { $0.resources.requests.keys })
        for name in names.sorted() {
            let wanted = ResourcePlan.total(pod, name) { $0.requests } ?? .zero
            guard !wanted.isZero else { continue }
            // The kubelet counts only what it knows of; the scheduler counts the rest.
            guard let capacity = allocatable[name] ?? (name.contains("/") ? nil : .zero) else { continue }
            let used = others.reduce(Quantity.zero) { $0 + (ResourcePlan.total($1, name) { $0.requests } ?? .zero) }
            guard used + wanted > capacity else { continue }
            let isCPU = name == "cpu"
            func number(_ quantity: Quantity) -> Int64 { isCPU ? quantity.milliValue : quantity.value }
            return Shortage(name: name, wanted: number(wanted), used: number(used), capacity: number(capacity))
        }
        return nil
    }

    private static func matches(_ pod: Pod, _ labels: [String: String]) -> Bool {
        guard pod.spec.nodeSelector.allSatisfy({ labels[$0.key] == $0.value }) else { return false }
        guard let required = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution else {
            return true
        }
        return required.nodeSelectorTerms.contains { term in
            let name = ["metadata.name": labels["kubernetes.io/hostname"] ?? ""]
            guard !term.matchExpressions.isEmpty || !term.matchFields.isEmpty else { return false }
            return term.matchExpressions.allSatisfy { fits($0, labels) }
                && term.matchFields.allSatisfy { fits($0, name) }
        }
    }

    private static func fits(_ requirement: NodeSelectorRequirement, _ labels: [String: String]) -> Bool {
        let value = labels[requirement.key]
        switch requirement.operator {
        case "In": return value.map { requirement.values.contains($0) } ?? false
        case "NotIn": return value.map { !requirement.values.contains($0) } ?? true
        case "Exists": return value != nil
        case "DoesNotExist": return value == nil
        case "Gt", "Lt":
            guard let have = value.flatMap({ Int64($0) }), let bound = requirement.values.first.flatMap({ Int64($0) })
            else { return false }
            return requirement.operator == "Gt" ? have > bound : have < bound
        default: return false
        }
    }

    private struct HostPort: Equatable {
        var transport: String
        var ip: String
        var port: Int32

        func conflicts(with other: HostPort) -> Bool {
            let anyAddress: Set<String> = ["", "0.0.0.0", "::"]
            return port == other.port && transport == other.transport
                && (ip == other.ip || anyAddress.contains(ip) || anyAddress.contains(other.ip))
        }
    }

    private static func hostPorts(_ pod: Pod) -> [HostPort] {
        pod.spec.containers.flatMap(\.ports).filter { $0.hostPort > 0 }.map {
            HostPort(transport: $0.protocol.isEmpty ? "TCP" : $0.protocol, ip: $0.hostIP, port: $0.hostPort)
        }
    }
}
