internal import APIMachinery

/// What no pod does that is not meant to run the node itself.
extension PodSecurityChecks {
    private typealias View = PodSecurityView

    static let baseline: [Check] = [
        Check("appArmorProfile") { pod, _ in appArmor(pod) },
        Check("capabilities_baseline") { pod, _ in capabilities(pod) },
        Check("hostNamespaces") { pod, _ in hostNamespaces(pod) },
        Check("hostPathVolumes") { pod, _ in hostPaths(pod) },
        Check("hostPorts") { pod, _ in hostPorts(pod) },
        Check("hostProbesAndHostLifecycle", since: 34) { pod, _ in probeHosts(pod) },
        Check("privileged") { pod, _ in privileged(pod) },
        Check("procMount") { pod, minor in minor >= 35 && pod.hasOwnUsers ? nil : procMount(pod) },
        Check("seLinuxOptions") { pod, minor in seLinux(pod, minor) },
        Check("seccompProfile_baseline") { pod, minor in
            minor < 19 ? seccompAnnotations(pod) : seccomp(pod, isRequired: false)
        },
        Check("sysctls") { pod, minor in sysctls(pod, minor) },
        Check("windowsHostProcess") { pod, _ in hostProcess(pod) },
    ]

    private static func appArmor(_ pod: PodSecurityView) -> PodSecurityViolation? {
        var bad: Set<String> = []
        func isBad(_ context: Value?) -> Bool {
            guard let profile = context?["appArmorProfile"], !profile.isNull else { return false }
            let type = profile["type"]?.stringValue ?? ""
            if ["RuntimeDefault", "Localhost"].contains(type) { return false }
            bad.insert(type)
            return true
        }
        let isPodBad = isBad(pod.context)
        let names = pod.names { isBad($0.context) }
        let annotations = pod.annotations.filter { key, value in
            key.hasPrefix("container.apparmor.security.beta.kubernetes.io/") && !value.isEmpty
                && value != "runtime/default" && !value.hasPrefix("localhost/")
        }
        var setters = View.setters(isPod: isPodBad, names).map { [$0] } ?? []
        if !annotations.isEmpty { setters.append(annotations.count == 1 ? "annotation" : "annotations") }
        guard !setters.isEmpty else { return nil }
        let values = View.sorted(bad) + View.sorted(Set(annotations.map { "\($0)=\(GoText.quote($1))" }))
        return PodSecurityViolation(
            "forbidden AppArmor profile\(values.count == 1 ? "" : "s")",
            "\(setters.joined(separator: " and ")) must not set AppArmor profile type to \(View.quoted(values))")
    }

    private static let defaultCapabilities: Set<String> = [
        "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP",
        "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
    ]

    private static func capabilities(_ pod: PodSecurityView) -> PodSecurityViolation? {
        var bad: Set<String> = []
        let names = pod.names { container in
            let added = container.context?[path: "capabilities", "add"]?.arrayValue ?? []
            let found = Set(added.compactMap(\.stringValue)).subtracting(defaultCapabilities)
            bad.formUnion(found)
            return !found.isEmpty
        }
        guard !names.isEmpty else { return nil }
        return PodSecurityViolation(
            "non-default capabilities",
            "\(View.listed("container", names)) must not include \(View.quoted(bad)) in "
                + "securityContext.capabilities.add")
    }

    private static func hostNamespaces(_ pod: PodSecurityView) -> PodSecurityViolation? {
        let shared = ["hostNetwork", "hostPID", "hostIPC"].filter { pod.spec[$0] == true }
        if shared.isEmpty { return nil }
        return PodSecurityViolation("host namespaces", shared.map { "\($0)=true" }.joined(separator: ", "))
    }

    private static func hostPaths(_ pod: PodSecurityView) -> PodSecurityViolation? {
        let volumes = (pod.spec["volumes"]?.arrayValue ?? []).filter { $0["hostPath"].map { !$0.isNull } ?? false }
        if volumes.isEmpty { return nil }
        return PodSecurityViolation(
            "hostPath volumes", View.listed("volume", volumes.map { $0["name"]?.stringValue ?? "" }))
    }

    private static func hostPorts(_ pod: PodSecurityView) -> PodSecurityViolation? {
        var ports: Set<String> = []
        let names = pod.names { container in
            let found = (container.value["ports"]?.arrayValue ?? []).compactMap { $0["hostPort"]?.integerValue }
                .filter { $0 != 0 }
            ports.formUnion(found.map(String.init))
            return !found.isEmpty
        }
        guard !names.isEmpty else { return nil }
        return PodSecurityViolation(
            "hostPort",
            "\(View.listed("container", names)) \(names.count == 1 ? "uses" : "use") "
                + "hostPort\(ports.count == 1 ? "" : "s") \(View.sorted(ports).joined(separator: ", "))")
    }

    private static func probeHosts(_ pod: PodSecurityView) -> PodSecurityViolation? {
        var hosts: Set<String> = []
        let names = pod.names { container in
            let handlers =
                ["livenessProbe", "readinessProbe", "startupProbe"].map { container.value[$0] }
                + ["postStart", "preStop"].map { container.value[path: "lifecycle", $0] }
            let found = handlers.flatMap { handler in
                ["httpGet", "tcpSocket"].compactMap { handler?[path: $0, "host"]?.stringValue }.filter { !$0.isEmpty }
            }
            hosts.formUnion(found)
            return !found.isEmpty
        }
        guard !names.isEmpty else { return nil }
        return PodSecurityViolation(
            "probe or lifecycle host",
            "\(View.listed("container", View.sorted(Set(names)))) \(names.count == 1 ? "uses" : "use") "
                + "probe or lifecycle host\(hosts.count == 1 ? "" : "s") \(View.quoted(hosts))")
    }

    private static func privileged(_ pod: PodSecurityView) -> PodSecurityViolation? {
        let names = pod.names { $0.context?["privileged"] == true }
        if names.isEmpty { return nil }
        return PodSecurityViolation(
            "privileged", "\(View.listed("container", names)) must not set securityContext.privileged=true")
    }

    static func procMount(_ pod: PodSecurityView) -> PodSecurityViolation? {
        var types: Set<String> = []
        let names = pod.names { container in
            guard let type = container.context?["procMount"]?.stringValue, type != "Default" else { return false }
            types.insert(type)
            return true
        }
        guard !names.isEmpty else { return nil }
        return PodSecurityViolation(
            "procMount",
            "\(View.listed("container", names)) must not set securityContext.procMount to \(View.quoted(types))")
    }

    private static func seLinux(_ pod: PodSecurityView, _ minor: Int) -> PodSecurityViolation? {
        var allowed: Set<String> = ["", "container_t", "container_init_t", "container_kvm_t"]
        if minor >= 31 { allowed.insert("container_engine_t") }
        var types: Set<String> = []
        var fields: Set<String> = []
        func isBad(_ context: Value?) -> Bool {
            guard let options = context?["seLinuxOptions"], !options.isNull else { return false }
            let type = options["type"]?.stringValue ?? ""
            if !allowed.contains(type) { types.insert(type) }
            let set = ["user", "role"].filter { !(options[$0]?.stringValue ?? "").isEmpty }
            fields.formUnion(set)
            return !allowed.contains(type) || !set.isEmpty
        }
        let isPodBad = isBad(pod.context)
        guard let setters = View.setters(isPod: isPodBad, pod.names { isBad($0.context) }) else { return nil }
        let data =
            (types.isEmpty ? [] : [View.listed("type", View.sorted(types))])
            + ["user", "role"].filter(fields.contains).map { "\($0) may not be set" }
        return PodSecurityViolation(
            "seLinuxOptions",
            "\(setters) set forbidden securityContext.seLinuxOptions: \(data.joined(separator: "; "))")
    }

    private static func seccompAnnotations(_ pod: PodSecurityView) -> PodSecurityViolation? {
        let keys =
            ["seccomp.security.alpha.kubernetes.io/pod"]
            + pod.containers.map { "container.seccomp.security.alpha.kubernetes.io/\($0.name)" }
        let bad = keys.compactMap { key -> String? in
            guard let value = pod.annotations[key] else { return nil }
            if ["runtime/default", "docker/default"].contains(value) || value.hasPrefix("localhost/") { return nil }
            return "\(key)=\(GoText.quote(value))"
        }
        if bad.isEmpty { return nil }
        let list = View.sorted(Set(bad))
        return PodSecurityViolation(
            "seccompProfile",
            "forbidden annotation\(list.count == 1 ? "" : "s") \(list.joined(separator: ", "))")
    }

    private static func sysctls(_ pod: PodSecurityView, _ minor: Int) -> PodSecurityViolation? {
        let safe: [(since: Int, names: [String])] = [
            (
                0,
                [
                    "kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.tcp_syncookies",
                    "net.ipv4.ping_group_range", "net.ipv4.ip_unprivileged_port_start",
                ]
            ),
            (27, ["net.ipv4.ip_local_reserved_ports"]),
            (
                29,
                ["time", "intvl", "probes"].map { "net.ipv4.tcp_keepalive_\($0)" } + ["net.ipv4.tcp_fin_timeout"]
            ),
            (32, ["net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem"]),
        ]
        let allowed = Set(safe.filter { $0.since <= minor }.flatMap(\.names))
        let names = (pod.context?["sysctls"]?.arrayValue ?? []).compactMap { $0["name"]?.stringValue }
        let bad = names.filter { !allowed.contains($0) }
        return bad.isEmpty ? nil : PodSecurityViolation("forbidden sysctls", bad.joined(separator: ", "))
    }

    private static func hostProcess(_ pod: PodSecurityView) -> PodSecurityViolation? {
        func isSet(_ context: Value?) -> Bool { context?[path: "windowsOptions", "hostProcess"] == true }
        let names = pod.names { isSet($0.context) }
        guard let setters = View.setters(isPod: isSet(pod.context), names) else { return nil }
        return PodSecurityViolation(
            "hostProcess", "\(setters) must not set securityContext.windowsOptions.hostProcess=true")
    }
}
