package import APIMachinery

extension PodRules {
    private static let changeable = [
        "`spec.containers[*].image`", "`spec.initContainers[*].image`", "`spec.activeDeadlineSeconds`",
        "`spec.tolerations` (only additions to existing tolerations)",
        "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)",
    ]

    package static func checkUpdate(_ pod: Value, from old: Value) -> [FieldError] {
        Findings.of { findings in
            let view = FieldView(pod)
            let spec = view["spec"]
            let was = FieldView(old)["spec"]
            // What stays as it is has been checked when it came.
            guard spec.value != was.value else { return }
            checkPod(view, &findings)
            for list in ["containers", "initContainers"] where spec[list].items.count != was[list].items.count {
                return findings.add(spec[list].forbidden("pod updates may not add or remove containers"))
            }
            guard checkDeadline(spec["activeDeadlineSeconds"], was["activeDeadlineSeconds"], &findings) else { return }
            checkAddedTolerations(spec["tolerations"], was["tolerations"], &findings)
            checkDeletedGates(spec["schedulingGates"], was["schedulingGates"], &findings)
            let changed = munged(spec.value ?? .emptyObject, was.value ?? .emptyObject)
            if changed != was.value {
                findings.add(
                    spec.forbidden(
                        "pod updates may not change fields other than \(changeable.joined(separator: ","))\n"
                            + ValueDiff.text(was.value ?? .emptyObject, changed)))
            }
        }
    }

    /// False when nothing further is worth saying.
    private static func checkDeadline(_ new: FieldView, _ old: FieldView, _ findings: inout Findings) -> Bool {
        guard let seconds = new.number else {
            if old.exists {
                findings.add(new.invalid(Value.null, "must not update from a positive integer to nil value"))
            }
            return true
        }
        let faults = Names.inRange(Int(clamping: seconds), 0, Int(Int32.max))
        findings.add(new, faults)
        guard faults.isEmpty else { return false }
        if let before = old.number, before < seconds {
            findings.add(new.invalid("must be less than or equal to previous value"))
            return false
        }
        return true
    }

    private static func checkAddedTolerations(_ new: FieldView, _ old: FieldView, _ findings: inout Findings) {
        let withoutSeconds = { (toleration: FieldView) -> Value? in
            var value = toleration.value
            value?["tolerationSeconds"] = nil
            return value
        }
        let present = new.items.map(withoutSeconds)
        for toleration in old.items where !present.contains(withoutSeconds(toleration)) {
            return findings.add(
                new.forbidden("existing toleration can not be modified except its tolerationSeconds"))
        }
    }

    private static func checkDeletedGates(_ new: FieldView, _ old: FieldView, _ findings: inout Findings) {
        let before = Set(old.items.map { $0["name"].text })
        for gate in new.items where !before.contains(gate["name"].text) {
            findings.add(
                gate["name"].forbidden(
                    "only deletion is allowed, but found new scheduling gate '\(gate["name"].text)'"))
        }
    }

    /// The new spec with everything that may change taken back: what differs still may not.
    private static func munged(_ spec: Value, _ old: Value) -> Value {
        var result = spec
        result.modifyFields { fields in
            for list in ["containers", "initContainers"] {
                let before = old[list]?.arrayValue ?? []
                fields.modify(list) { value in
                    value.modifyItems { items in
                        for index in items.indices where index < before.count {
                            items[index]["image"] = before[index]["image"]
                        }
                    }
                }
            }
            for name in ["activeDeadlineSeconds", "tolerations", "schedulingGates"] { fields[name] = old[name] }
            if let grace = old["terminationGracePeriodSeconds"]?.integerValue, grace < 0,
                fields["terminationGracePeriodSeconds"] == 1
            {
                fields["terminationGracePeriodSeconds"] = .integer(grace)
            }
            if !(old["schedulingGates"]?.arrayValue ?? []).isEmpty { keepGated(&fields, old) }
        }
        return result
    }

    /// Who waits behind a gate may still narrow down where to go.
    private static func keepGated(_ fields: inout Fields, _ old: Value) {
        let selector = old["nodeSelector"]?.objectValue ?? Fields()
        let isNarrower = selector.allSatisfy { fields["nodeSelector"]?[$0.name] == $0.value }
        if isNarrower { fields["nodeSelector"] = old["nodeSelector"] }
        let before = old["affinity"]?["nodeAffinity"]
        guard fields["affinity"]?["nodeAffinity"] != before else { return }
        fields.inNewObject("affinity") { $0["nodeAffinity"] = before }
        if old["affinity"] == nil, fields.isEmptyCollection("affinity") { fields["affinity"] = nil }
    }

    // MARK: Status

    package static func checkStatusUpdate(_ pod: Value, from old: Value) -> [FieldError] {
        Findings.of { findings in
            let (new, was) = (FieldView(pod), FieldView(old))
            let status = new["status"]
            findings.optionalName(status["nominatedNodeName"]) { Names.dns1123Subdomain($0) }
            if let quality = was["status"]["qosClass"].value, status["qosClass"].value != quality {
                findings.add(status["qosClass"].invalid("field is immutable"))
            }
            let policy = was["spec"]["restartPolicy"].text
            for (list, containers) in [
                ("containerStatuses", "containers"), ("initContainerStatuses", "initContainers"),
                ("ephemeralContainerStatuses", ""),
            ] where policy != "Always" || containers.isEmpty {
                let specs = was["spec"][containers].items
                checkTransitions(status[list], was["status"][list], containers.isEmpty ? "Never" : policy, specs, &findings)
            }
            checkAddresses(status, &findings)
        }
    }

    /// What has ended for good does not run again.
    private static func checkTransitions(
        _ new: FieldView, _ old: FieldView, _ policy: String, _ specs: [FieldView], _ findings: inout Findings
    ) {
        for (index, status) in old.items.enumerated() {
            let end = status["state"]["terminated"]
            let container = specs.first { $0["name"].text == status["name"].text }
            guard end.exists, !restarts(container, policy, code: end["exitCode"].number ?? 0) else { continue }
            let isRunningAgain = new.items.contains {
                $0["name"].text == status["name"].text && !$0["state"]["terminated"].exists
            }
            if isRunningAgain {
                findings.add(
                    FieldView(nil, at: .child(.index(new.path, index), "state"))
                        .forbidden("may not be transitioned to non-terminated state"))
            }
        }
    }

    /// Whether a container that ended with this code may run again: by its own rules, its own policy, its pod's policy.
    private static func restarts(_ container: FieldView?, _ policy: String, code: Int64) -> Bool {
        for rule in container?["restartPolicyRules"].items ?? [] {
            let isListed = rule["exitCodes"]["values"].items.contains { $0.number == code }
            if isListed == (rule["exitCodes"]["operator"].text == "In") { return true }
        }
        let own = container?["restartPolicy"].text ?? ""
        switch own.isEmpty ? policy : own {
        case "Always": return true
        case "OnFailure": return code != 0
        case _: return false
        }
    }

    private static func checkAddresses(_ status: FieldView, _ findings: inout Findings) {
        for list in ["podIPs", "hostIPs"] {
            var seen: Set<String> = []
            for item in status[list].items {
                findings.add(item.text.isEmpty ? FieldView(item["ip"].value, at: item.path) : item,
                    Names.legacyIPAddress(item["ip"].text))
                if !seen.insert(item["ip"].text).inserted { findings.add(item.duplicate()) }
            }
        }
        if let first = status["hostIPs"].items.first, first["ip"].text != status["hostIP"].text {
            findings.add(first["ip"].invalid("must be equal to `hostIP`"))
        }
    }
}
