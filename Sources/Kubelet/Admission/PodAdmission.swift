package import APIMachinery
package import APITypes

/// Whether this node takes a pod that was sent to it: the last word after the scheduler's. Pure; upstream's words.
package struct PodAdmission: Sendable {
    package typealias Refusal = NodeFitPlan.Refusal

    /// Sysctls that a pod may set for itself without harm to others.
    static let safeSysctls: Set<String> = [
        "kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.tcp_syncookies",
        "net.ipv4.ping_group_range", "net.ipv4.ip_unprivileged_port_start", "net.ipv4.ip_local_reserved_ports",
        "net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_keepalive_intvl",
        "net.ipv4.tcp_keepalive_probes", "net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem",
    ]
    static let criticalPriority: Int32 = 2_000_000_000

    /// Labels of the node; empty as long as it is not known.
    package var labels: [String: String]
    package var allocatable: [String: Quantity]
    /// Types of the node's conditions of pressure that hold.
    package var pressures: [String]
    /// Names, or prefixes that end in `*`, that the node's owner allows beside the safe ones.
    package var unsafeSysctls: [String]

    package init(
        labels: [String: String], allocatable: [String: Quantity], pressures: [String] = [],
        unsafeSysctls: [String] = []
    ) {
        self.labels = labels
        self.allocatable = allocatable
        self.pressures = pressures
        self.unsafeSysctls = unsafeSysctls
    }

    package func refusal(_ pod: Pod, beside others: [Pod]) -> Refusal? {
        pressure(pod) ?? sysctls(pod) ?? groups(pod)
            ?? NodeFitPlan.refusal(pod, beside: others, on: labels, allocatable)
    }

    private func pressure(_ pod: Pod) -> Refusal? {
        guard !pressures.isEmpty, !pod.isStatic, (pod.spec.priority ?? 0) < Self.criticalPriority else { return nil }
        if pressures == ["MemoryPressure"] {
            let taint = "node.kubernetes.io/memory-pressure"
            let isTolerated = pod.spec.tolerations.contains {
                ($0.key == taint || $0.key.isEmpty) && ($0.effect == "NoSchedule" || $0.effect.isEmpty)
                    && ($0.operator == "Exists" || $0.value.isEmpty)
            }
            if QualityOfService(pod) != .bestEffort || isTolerated { return nil }
        }
        return Refusal(
            reason: "Evicted", message: "The node had condition: [\(pressures.joined(separator: " "))]. ")
    }

    /// What the runtime would leave undone without a word is refused.
    private func groups(_ pod: Pod) -> Refusal? {
        guard pod.spec.securityContext?.supplementalGroupsPolicy == "Strict" else { return nil }
        return Refusal(
            reason: "SupplementalGroupsPolicyNotSupported",
            message: "SupplementalGroupsPolicy=Strict is not supported in this node")
    }

    private func sysctls(_ pod: Pod) -> Refusal? {
        for sysctl in pod.spec.securityContext?.sysctls ?? [] {
            let name = sysctl.name.replacing("/", with: ".")
            let isAllowed = Self.safeSysctls.contains(name)
                || unsafeSysctls.contains { $0.hasSuffix("*") ? name.hasPrefix($0.dropLast()) : name == $0 }
            guard isAllowed else {
                return Refusal(reason: "SysctlForbidden", message: "forbidden sysctl: \"\(name)\" not allowlisted")
            }
            if pod.spec.hostNetwork, name.hasPrefix("net.") {
                return Refusal(
                    reason: "SysctlForbidden",
                    message: "forbidden sysctl: \"\(name)\" not allowed with host net enabled")
            }
            if pod.spec.hostIPC, name.hasPrefix("kernel.shm") || name.hasPrefix("kernel.msg")
                || name.hasPrefix("fs.mqueue.") || name == "kernel.sem"
            {
                return Refusal(
                    reason: "SysctlForbidden",
                    message: "forbidden sysctl: \"\(name)\" not allowed with host ipc enabled")
            }
        }
        return nil
    }
}
