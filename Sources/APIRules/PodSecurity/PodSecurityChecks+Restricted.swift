internal import APIMachinery

/// What a pod does beyond that to give up what it does not need.
extension PodSecurityChecks {
    private typealias View = PodSecurityView

    /// Pods that say that they run on Windows are let off what only Linux has since that can be said.
    private static let windowsSince = 25

    static let restricted: [Check] = [
        Check("allowPrivilegeEscalation", since: 8) { pod, minor in escalation(pod, minor) },
        Check("capabilities_restricted", since: 22, replaces: "capabilities_baseline") { pod, minor in
            droppedCapabilities(pod, minor)
        },
        Check("procMount_restricted", since: 35, replaces: "procMount") { pod, _ in procMount(pod) },
        Check("restrictedVolumes", replaces: "hostPathVolumes") { pod, _ in volumes(pod) },
        Check("runAsNonRoot") { pod, minor in minor >= 35 && pod.hasOwnUsers ? nil : nonRoot(pod) },
        Check("runAsUser", since: 23) { pod, minor in minor >= 35 && pod.hasOwnUsers ? nil : user(pod) },
        Check("seccompProfile_restricted", since: 19, replaces: "seccompProfile_baseline") { pod, minor in
            minor >= windowsSince && pod.isWindows ? nil : seccomp(pod, isRequired: true)
        },
    ]

    private static func escalation(_ pod: PodSecurityView, _ minor: Int) -> PodSecurityViolation? {
        if minor >= windowsSince, pod.isWindows { return nil }
        let names = pod.names { $0.context?["allowPrivilegeEscalation"] != false }
        if names.isEmpty { return nil }
        return PodSecurityViolation(
            "allowPrivilegeEscalation != false",
            "\(View.listed("container", names)) must set securityContext.allowPrivilegeEscalation=false")
    }

    private static func droppedCapabilities(_ pod: PodSecurityView, _ minor: Int) -> PodSecurityViolation? {
        if minor >= windowsSince, pod.isWindows { return nil }
        func list(_ container: PodSecurityView.Container, _ name: String) -> [String] {
            (container.context?[path: "capabilities", name]?.arrayValue ?? []).compactMap(\.stringValue)
        }
        var forbidden: Set<String> = []
        let keeping = pod.names { !list($0, "drop").contains("ALL") }
        let adding = pod.names { container in
            let found = list(container, "add").filter { $0 != "NET_BIND_SERVICE" }
            forbidden.formUnion(found)
            return !found.isEmpty
        }
        var details: [String] = []
        if !keeping.isEmpty {
            details.append(
                "\(View.listed("container", keeping)) must set securityContext.capabilities.drop=[\"ALL\"]")
        }
        if !adding.isEmpty {
            details.append(
                "\(View.listed("container", adding)) must not include \(View.quoted(forbidden)) in "
                    + "securityContext.capabilities.add")
        }
        if details.isEmpty { return nil }
        return PodSecurityViolation("unrestricted capabilities", details.joined(separator: "; "))
    }

    private static let allowedVolumes = [
        "configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image", "persistentVolumeClaim", "projected",
        "secret",
    ]

    /// In the order in which a volume that has several is named.
    private static let restrictedVolumes = [
        "hostPath", "gcePersistentDisk", "awsElasticBlockStore", "gitRepo", "nfs", "iscsi", "glusterfs", "rbd",
        "flexVolume", "cinder", "cephfs", "flocker", "fc", "azureFile", "vsphereVolume", "quobyte", "azureDisk",
        "photonPersistentDisk", "portworxVolume", "scaleIO", "storageos",
    ]

    private static func volumes(_ pod: PodSecurityView) -> PodSecurityViolation? {
        func has(_ volume: Value, _ source: String) -> Bool { volume[source].map { !$0.isNull } ?? false }
        let bad = (pod.spec["volumes"]?.arrayValue ?? []).filter { volume in
            !allowedVolumes.contains { has(volume, $0) }
        }
        if bad.isEmpty { return nil }
        let types = Set(bad.map { volume in restrictedVolumes.first { has(volume, $0) } ?? "unknown" })
        return PodSecurityViolation(
            "restricted volume types",
            "\(View.listed("volume", bad.map { $0["name"]?.stringValue ?? "" })) \(bad.count == 1 ? "uses" : "use") "
                + View.listed("restricted volume type", View.sorted(types)))
    }

    private static func nonRoot(_ pod: PodSecurityView) -> PodSecurityViolation? {
        let reason = "runAsNonRoot != true"
        let podSays = pod.context?["runAsNonRoot"]?.boolValue
        let explicit = pod.names { $0.context?["runAsNonRoot"] == false }
        if let setters = View.setters(isPod: podSays == false, explicit) {
            return PodSecurityViolation(reason, "\(setters) must not set securityContext.runAsNonRoot=false")
        }
        if podSays == true { return nil }
        let implicit = pod.names { $0.context?["runAsNonRoot"]?.boolValue == nil }
        if implicit.isEmpty { return nil }
        return PodSecurityViolation(
            reason, "pod or \(View.listed("container", implicit)) must set securityContext.runAsNonRoot=true")
    }

    private static func user(_ pod: PodSecurityView) -> PodSecurityViolation? {
        let names = pod.names { $0.context?["runAsUser"] == 0 }
        guard let setters = View.setters(isPod: pod.context?["runAsUser"] == 0, names) else { return nil }
        return PodSecurityViolation("runAsUser=0", "\(setters) must not set runAsUser=0")
    }

    /// - isRequired: a container without a profile, in a pod without one, is bad too.
    static func seccomp(_ pod: PodSecurityView, isRequired: Bool) -> PodSecurityViolation? {
        var bad: Set<String> = []
        func type(_ context: Value?) -> String? {
            guard let profile = context?["seccompProfile"], !profile.isNull else { return nil }
            return profile["type"]?.stringValue ?? ""
        }
        func isBad(_ context: Value?) -> Bool {
            guard let type = type(context), !["Localhost", "RuntimeDefault"].contains(type) else { return false }
            bad.insert(type)
            return true
        }
        let isPodBad = isBad(pod.context)
        if let setters = View.setters(isPod: isPodBad, pod.names { isBad($0.context) }) {
            return PodSecurityViolation(
                "seccompProfile",
                "\(setters) must not set securityContext.seccompProfile.type to \(View.quoted(bad))")
        }
        guard isRequired, type(pod.context) == nil else { return nil }
        let implicit = pod.names { type($0.context) == nil }
        if implicit.isEmpty { return nil }
        return PodSecurityViolation(
            "seccompProfile",
            "pod or \(View.listed("container", implicit)) must set securityContext.seccompProfile.type to "
                + "\"RuntimeDefault\" or \"Localhost\"")
    }
}
