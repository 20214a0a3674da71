internal import APIMachinery

/// Security contexts of pods and containers.
enum SecurityRules {
    static func checkPod(_ context: FieldView, _ spec: FieldView, _ findings: inout Findings) {
        guard context.exists else { return }
        for field in ["fsGroup", "runAsUser", "runAsGroup"] { checkID(context[field], &findings) }
        for group in context["supplementalGroups"].items { checkID(group, &findings) }
        if spec["shareProcessNamespace"].flag, spec["hostPID"].flag {
            findings.add(
                context["shareProcessNamespace"].invalid(
                    true, "ShareProcessNamespace and HostPID cannot both be enabled"))
        }
        checkSysctls(context["sysctls"], spec, &findings)
        findings.choice(context["fsGroupChangePolicy"], ["Always", "OnRootMismatch"], isOptional: true)
        findings.choice(context["supplementalGroupsPolicy"], ["Merge", "Strict"], isOptional: true)
        findings.choice(context["seLinuxChangePolicy"], ["MountOption", "Recursive"], isOptional: true)
        checkProfile(context["seccompProfile"], "seccomp", "seccompProfile", &findings)
        checkProfile(context["appArmorProfile"], "AppArmor", "appArmorProfile", &findings)
    }

    static func checkContainer(_ context: FieldView, hostUsers: Bool, _ findings: inout Findings) {
        guard context.exists else { return }
        for field in ["runAsUser", "runAsGroup"] { checkID(context[field], &findings) }
        let procMount = context["procMount"]
        findings.choice(procMount, ["Default", "Unmasked"], isOptional: true)
        if hostUsers, procMount.text == "Unmasked" {
            findings.add(procMount.invalid("`hostUsers` must be false to use `Unmasked`"))
        }
        checkProfile(context["seccompProfile"], "seccomp", "seccompProfile", &findings)
        checkProfile(context["appArmorProfile"], "AppArmor", "appArmorProfile", &findings)
        guard context["allowPrivilegeEscalation"].value == false else { return }
        if context["privileged"].flag {
            findings.add(context.invalid("cannot set `allowPrivilegeEscalation` to false and `privileged` to true"))
        }
        if context["capabilities"]["add"].texts.contains("CAP_SYS_ADMIN") {
            findings.add(
                context.invalid(
                    "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN"))
        }
    }

    private static func checkID(_ view: FieldView, _ findings: inout Findings) {
        if let number = view.number { findings.add(view, Names.userID(number)) }
    }

    private static func checkProfile(
        _ profile: FieldView, _ word: String, _ field: String, _ findings: inout Findings
    ) {
        guard profile.exists else { return }
        let (type, local) = (profile["type"], profile["localhostProfile"])
        switch type.text {
        case "Localhost":
            if !local.exists {
                findings.add(local.required("must be set when \(word) type is Localhost"))
            } else if word == "seccomp" {
                PathRules.checkDescending(local.text, at: local, &findings)
            } else {
                checkLoaded(local, &findings)
            }
        case "RuntimeDefault", "Unconfined":
            if local.exists {
                // Upstream shows the whole profile of the one, and the name alone of the other.
                let shown = (word == "seccomp" ? profile.value : local.value) ?? .null
                findings.add(local.invalid(shown, "can only be set when \(word) type is Localhost"))
            }
        case "":
            findings.add(type.required("type is required when \(field) is set"))
        case _:
            findings.add(type.notSupported(["Localhost", "RuntimeDefault", "Unconfined"]))
        }
    }

    private static let profileNameMax = 4095

    /// The name of a profile that the node has loaded.
    private static func checkLoaded(_ name: FieldView, _ findings: inout Findings) {
        if name.text != name.text.trimmed {
            findings.add(name.invalid("must not be padded with whitespace"))
        } else if name.isEmpty {
            findings.add(name.required("must be set when AppArmor type is Localhost"))
        }
        if name.text.utf8.count > profileNameMax { findings.add(name.tooLong(profileNameMax)) }
    }

    private static let sysctlLimit = 253
    private static let sysctlFormat =
        "^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$"

    private static func checkSysctls(_ sysctls: FieldView, _ spec: FieldView, _ findings: inout Findings) {
        var seen: Set<String> = []
        for sysctl in sysctls.items {
            let name = sysctl["name"]
            if name.isEmpty {
                findings.add(name.required())
            } else if !isSysctlName(name.text) {
                findings.add(
                    name.invalid("must have at most \(sysctlLimit) characters and match regex \(sysctlFormat)"))
            } else if !seen.insert(name.text).inserted {
                findings.add(name.duplicate())
            }
            let dotted = String(name.text.map { $0 == "/" ? "." : $0 })
            if spec["hostNetwork"].flag, dotted.hasPrefix("net.") {
                findings.add(name.invalid("may not be specified when 'hostNetwork' is true"))
            }
            let isShared = ["kernel.sem", "kernel.shm", "kernel.msg", "fs.mqueue."].contains { dotted.hasPrefix($0) }
            if spec["hostIPC"].flag, isShared {
                findings.add(name.invalid("may not be specified when 'hostIPC' is true"))
            }
        }
    }

    private static func isSysctlName(_ name: String) -> Bool {
        guard name.utf8.count <= sysctlLimit else { return false }
        return name.split(omittingEmptySubsequences: false) { $0 == "." || $0 == "/" }.allSatisfy { segment in
            guard let first = segment.utf8.first, let last = segment.utf8.last else { return false }
            let isWord = { (byte: UInt8) in (0x30...0x39).contains(byte) || (0x61...0x7a).contains(byte) }
            return isWord(first) && isWord(last)
                && segment.utf8.allSatisfy { isWord($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }
        }
    }
}
