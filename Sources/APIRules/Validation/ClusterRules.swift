package import APIMachinery

/// Namespaces and nodes.
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

    // MARK: Nodes

    package static func node(_ object: Value) -> [FieldError] {
        Findings.of { findings in
            let node = FieldView(object)
            SchedulingRules.checkTaints(node["spec"]["taints"], at: node["metadata"]["taints"], &findings)
            for list in ["capacity", "allocatable"] {
                for (name, amount) in node["status"][list].entries {
                    ResourceRules.checkAmount(name, amount.moved(to: node["status"][list][name]), &findings)
                }
            }
            let blocks = node["spec"]["podCIDRs"]
            for block in blocks.items { findings.block(block) }
            if blocks.items.count > 1 {
                let families = blocks.texts.compactMap { CIDR($0, allowsLeadingZeros: true)?.address.family }
                if blocks.items.count > 2 || Set(families).count != blocks.items.count {
                    findings.add(blocks.invalid("may specify no more than one CIDR for each IP family"))
                }
            }
        }
    }

    package static func nodeUpdate(_ object: Value, from old: Value) -> [FieldError] {
        Findings.of { findings in
            let (spec, was) = (FieldView(object)["spec"], FieldView(old)["spec"])
            if !was["podCIDRs"].isEmpty, spec["podCIDRs"].value != was["podCIDRs"].value {
                findings.add(
                    spec["podCIDRs"].forbidden("node updates may not change podCIDR except from \"\" to valid"))
            }
            if !was["providerID"].isEmpty, spec["providerID"].value != was["providerID"].value {
                findings.add(
                    spec["providerID"].forbidden("node updates may not change providerID except from \"\" to valid"))
            }
        }
    }

    package static func nodeStatus(_ object: Value, from old: Value) -> [FieldError] {
        Findings.of { findings in
            let status = FieldView(object)["status"]
            var seen: Set<Value> = []
            for address in status["addresses"].items {
                if let value = address.value, !seen.insert(value).inserted { findings.add(address.duplicate()) }
            }
            for list in ["capacity", "allocatable"] {
                for (name, amount) in status[list].entries {
                    ResourceRules.checkAmount(name, amount.moved(to: status[list][name]), &findings)
                }
            }
        }
    }
}
