package import APIMachinery

/// Namespaces.
package enum ClusterRules {
    // MARK: Namespaces

    package static func namespace(_ object: Value) -> [FieldError] {
        Findings.of { findings in
            let list = FieldView(object)["spec"]["finalizers"]
            for finalizer in list.items { checkFinalizer(finalizer.moved(to: list), &findings) }
        }
    }

    package static func namespaceFinalize(_ object: Value) -> [FieldError] {
        Findings.of { findings in
            for finalizer in FieldView(object)["spec"]["finalizers"].items { checkFinalizer(finalizer, &findings) }
        }
    }

    private static func checkFinalizer(_ finalizer: FieldView, _ findings: inout Findings) {
        findings.add(finalizer, Names.labelKey(finalizer.text))
        if !finalizer.text.contains("/"), !["kubernetes", "orphan", "foregroundDeletion"].contains(finalizer.text) {
            findings.add(
                finalizer.invalid("name is neither a standard finalizer name nor is it fully qualified"))
        }
    }

    package static func namespaceStatus(_ object: Value, from old: Value) -> [FieldError] {
        Findings.of { findings in
            let phase = FieldView(object)["status"]["phase"].moved(to: FieldView(object)["status"]["Phase"])
            if old[path: "metadata", "deletionTimestamp"] == nil {
                if phase.text != "Active" {
                    findings.add(phase.invalid("may only be 'Active' if `deletionTimestamp` is empty"))
                }
            } else if phase.text != "Terminating" {
                findings.add(phase.invalid("may only be 'Terminating' if `deletionTimestamp` is not empty"))
            }
        }
    }
}
