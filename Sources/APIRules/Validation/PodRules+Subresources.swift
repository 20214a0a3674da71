package import APIMachinery

extension PodRules {
    private static let mirrorAnnotation = "kubernetes.io/config.mirror"

    private static func isMirror(_ pod: Value) -> Bool {
        pod[path: "metadata", "annotations", mirrorAnnotation] != nil
    }

    /// Ephemeral containers come, and never change or go.
    package static func checkEphemeralUpdate(_ pod: Value, from old: Value) -> [FieldError] {
        if isMirror(old) { return [.forbidden("", "static pods do not support ephemeral containers")] }
        return Findings.of { findings in
            let view = FieldView(pod)
            checkPod(view, &findings)
            let list = view["spec"]["ephemeralContainers"]
            for container in FieldView(old)["spec"]["ephemeralContainers"].items {
                let name = container["name"].text
                guard let new = list.items.first(where: { $0["name"].text == name }) else {
                    findings.add(list.forbidden("existing ephemeral containers \"\(name)\" may not be removed\n"))
                    continue
                }
                if new.value != container.value {
                    findings.add(
                        list.forbidden(
                            "existing ephemeral containers \"\(name)\" may not be changed\n"
                                + ValueDiff.text(container.value ?? .null, new.value ?? .null)))
                }
            }
        }
    }

    /// Requests and limits of cpu and memory change in place, everything else does not.
    package static func checkResize(_ pod: Value, from old: Value) -> [FieldError] {
        if isMirror(old) { return [.forbidden("", "static pods cannot be resized")] }
        return Findings.of { findings in
            let (view, was) = (FieldView(pod), FieldView(old))
            checkPod(view, &findings)
            let spec = view["spec"]
            let (quality, before) = (qualityOf(pod), qualityOf(old))
            if quality != before {
                findings.add(spec.invalid(before, "Pod QOS Class may not change as a result of resizing"))
            }
            for list in ["containers", "initContainers"] {
                for (new, previous) in zip(spec[list].items, was["spec"][list].items) {
                    checkResize(new, previous, isInitial: list == "initContainers", spec, &findings)
                }
            }
            if spec["containers"].items.count != was["spec"]["containers"].items.count {
                findings.add(spec.forbidden("only cpu and memory resources are mutable"))
            }
        }
    }

    private static func qualityOf(_ pod: Value) -> String {
        PodQuality.qosClass(of: pod["spec"]?.objectValue ?? Fields())
    }

    private static func checkResize(
        _ new: FieldView, _ old: FieldView, isInitial: Bool, _ spec: FieldView, _ findings: inout Findings
    ) {
        if isInitial, old["restartPolicy"].text != "Always" {
            if new.value != old.value {
                findings.add(spec.forbidden("resources for non-sidecar init containers are immutable"))
            }
            return
        }
        for (field, word) in [("requests", "requests"), ("limits", "limits")] {
            let amounts = new["resources"][field]
            if old["resources"][field].entries.contains(where: { amounts.value?[$0.key] == nil }) {
                findings.add(amounts.forbidden("resource \(word) cannot be removed"))
            }
        }
        var kept = new.value
        for field in ["requests", "limits"] {
            for name in ["cpu", "memory"] {
                kept?[path: "resources", field, name] = old["resources"][field][name].value
            }
            if old["resources"][field].value == nil { kept?[path: "resources", field] = nil }
        }
        kept?["resizePolicy"] = old["resizePolicy"].value
        if kept != old.value { findings.add(spec.forbidden("only cpu and memory resources are mutable")) }
    }
}
