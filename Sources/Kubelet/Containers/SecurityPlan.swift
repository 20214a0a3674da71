package import APITypes
package import ContainerRuntime

/// A container's confinement: what it says itself counts before what the pod says.
package enum SecurityPlan {
    static let maskedPaths = [
        "/proc/asound", "/proc/acpi", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
        "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware",
        "/sys/devices/virtual/powercap",
    ]
    static let readOnlyPaths = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]

    /// - Parameters:
    ///   - image: Tells which user the image runs as.
    ///   - targetID: The container whose processes an ephemeral container sees.
    /// - Throws: When `runAsNonRoot` cannot be kept.
    package static func security(
        _ container: Container, in pod: Pod, image: RuntimeImage?, targetID: String = ""
    ) throws(ContainerConfigFailure) -> ContainerSecurity {
        let own = container.securityContext
        let shared = pod.spec.securityContext
        var result = ContainerSecurity()
        result.privileged = own?.privileged ?? false
        result.addCapabilities = own?.capabilities?.add ?? []
        result.dropCapabilities = own?.capabilities?.drop ?? []
        result.namespaces = namespaces(of: pod, targetID: targetID)
        result.runAsUser = own?.runAsUser ?? shared?.runAsUser
        result.runAsGroup = own?.runAsGroup ?? shared?.runAsGroup
        result.supplementalGroups = (shared?.fsGroup.map { [$0] } ?? []) + (shared?.supplementalGroups ?? [])
        result.supplementalGroupsPolicy = shared?.supplementalGroupsPolicy == "Strict" ? .strict : .merge
        result.readOnlyRootFilesystem = own?.readOnlyRootFilesystem ?? false
        result.noNewPrivileges = own?.allowPrivilegeEscalation == false
        try checkUser(container, pod, image, runAsUser: result.runAsUser)
        if result.runAsUser == nil, let image {
            if let uid = image.uid { result.runAsUser = uid } else { result.runAsUserName = image.userName }
        }
        if !result.privileged, own?.procMount != "Unmasked" {
            result.maskedPaths = maskedPaths
            result.readOnlyPaths = readOnlyPaths
        }
        result.seccomp = result.privileged ? .unconfined : seccomp(own?.seccompProfile ?? shared?.seccompProfile)
        result.appArmor = appArmor(own?.appArmorProfile ?? shared?.appArmorProfile)
        return result
    }

    /// Which namespaces the pod's containers share.
    package static func namespaces(of pod: Pod, targetID: String = "") -> NamespaceOptions {
        var options = NamespaceOptions()
        options.network = pod.spec.hostNetwork ? .node : .pod
        options.ipc = pod.spec.hostIPC ? .node : .pod
        options.pid = pod.spec.hostPID ? .node : pod.spec.shareProcessNamespace == true ? .pod : .container
        if !targetID.isEmpty, options.pid == .container {
            options.pid = .target
            options.targetID = targetID
        }
        return options
    }

    static func seccomp(_ profile: SeccompProfile?) -> ConfinementProfile {
        switch profile?.type {
        case "RuntimeDefault": .runtimeDefault
        case "Localhost": .localhost("/var/lib/kubelet/seccomp/\(profile?.localhostProfile ?? "")")
        default: .unconfined
        }
    }

    private static func appArmor(_ profile: AppArmorProfile?) -> ConfinementProfile? {
        switch profile?.type {
        case "RuntimeDefault": .runtimeDefault
        case "Localhost": .localhost(profile?.localhostProfile ?? "")
        case "Unconfined": .unconfined
        default: nil
        }
    }

    private static func checkUser(
        _ container: Container, _ pod: Pod, _ image: RuntimeImage?, runAsUser: Int64?
    ) throws(ContainerConfigFailure) {
        guard container.securityContext?.runAsNonRoot ?? pod.spec.securityContext?.runAsNonRoot ?? false else { return }
        let name = "(pod: \"\(pod.formatted)\", container: \(container.name))"
        if let runAsUser {
            guard runAsUser == 0 else { return }
            throw ContainerConfigFailure("container's runAsUser breaks non-root policy \(name)")
        }
        if let uid = image?.uid {
            guard uid == 0 else { return }
            throw ContainerConfigFailure("container has runAsNonRoot and image will run as root \(name)")
        }
        if let user = image?.userName, !user.isEmpty {
            throw ContainerConfigFailure(
                "container has runAsNonRoot and image has non-numeric user (\(user)), cannot verify user is non-root "
                    + name)
        }
        throw ContainerConfigFailure("container has runAsNonRoot and image will run as root \(name)")
    }
}
