package import APIMachinery

/// Nodes.
package enum NodeRules {
    package static func check(_ object: Value) -> [FieldError] {
        Findings.of { findings in
            let node = FieldView(object)
            checkAnnotations(node["metadata"]["annotations"], &findings)
            checkTaints(node, &findings)
            checkAmounts(node["status"], &findings)
            checkBlocks(node["spec"]["podCIDRs"], &findings)
        }
    }

    package static func checkUpdate(_ object: Value, from old: Value) -> [FieldError] {
        Findings.of { findings in
            let (node, spec, was) = (FieldView(object), FieldView(object)["spec"], FieldView(old)["spec"])
            checkAnnotations(node["metadata"]["annotations"], &findings)
            checkAmounts(node["status"], &findings)
            checkAddresses(node["status"]["addresses"], &findings)
            checkAssigned(spec, from: was, &findings)
            if spec["configSource"].exists { checkConfigSource(spec["configSource"], isStatus: false, &findings) }
            let config = node["status"]["config"]
            for field in ["assigned", "active", "lastKnownGood"] where config[field].exists {
                checkConfigSource(config[field], isStatus: true, &findings)
            }
            checkTaints(node, &findings)
            if spec["externalID"].text != was["externalID"].text {
                findings.add(spec["externalID"].forbidden("may not be updated"))
            }
        }
    }

    private static func checkTaints(_ node: FieldView, _ findings: inout Findings) {
        SchedulingRules.checkTaints(node["spec"]["taints"], at: node["metadata"]["taints"], &findings)
    }

    private static func checkAmounts(_ status: FieldView, _ findings: inout Findings) {
        for list in ["capacity", "allocatable"] {
            for (name, amount) in status[list].entries {
                ResourceRules.checkAmount(name, amount.moved(to: status[list][name]), &findings)
            }
        }
    }

    private static func checkAddresses(_ addresses: FieldView, _ findings: inout Findings) {
        var seen: Set<Value> = []
        for address in addresses.items {
            guard let value = address.value, !seen.insert(value).inserted else { continue }
            findings.add(address.duplicate(InternalText.nodeAddress(address)))
        }
    }

    // MARK: What a controller fills in

    private static func checkBlocks(_ blocks: FieldView, _ findings: inout Findings) {
        for block in blocks.items { findings.block(block) }
        guard blocks.items.count > 1 else { return }
        let families = blocks.texts.compactMap { CIDR($0, allowsLeadingZeros: true)?.address.family }
        if let index = blocks.texts.firstIndex(where: { CIDR($0, allowsLeadingZeros: true) == nil }) {
            let error = "invalid CIDR[\(index)]: <nil> (invalid CIDR address: \(blocks.texts[index]))"
            findings.add(
                FieldError(
                    .internalError, blocks.path.description,
                    "Internal error: invalid PodCIDRs. failed to check with dual stack with error:\(error)"))
        }
        if blocks.items.count > 2 || families.count != 2 || Set(families).count != 2 {
            findings.add(blocks.invalid("may specify no more than one CIDR for each IP family"))
        }
        var seen: Set<String> = []
        for block in blocks.items where !seen.insert(block.text).inserted { findings.add(block.duplicate()) }
    }

    private static func checkAssigned(_ spec: FieldView, from was: FieldView, _ findings: inout Findings) {
        let (blocks, before) = (spec["podCIDRs"], was["podCIDRs"].texts)
        let fault = blocks.forbidden("node updates may not change podCIDR except from \"\" to valid")
        if !before.isEmpty {
            if before.count != blocks.texts.count {
                findings.add(fault)
            } else {
                for (old, new) in zip(before, blocks.texts) where old != new { findings.add(fault) }
            }
        }
        if !was["providerID"].isEmpty, spec["providerID"].text != was["providerID"].text {
            findings.add(
                spec["providerID"].forbidden("node updates may not change providerID except from \"\" to valid"))
        }
    }

    // MARK: Annotations of older times

    private static let taints = "scheduler.alpha.kubernetes.io/taints"
    private static let avoidances = "scheduler.alpha.kubernetes.io/preferAvoidPods"

    private static func checkAnnotations(_ annotations: FieldView, _ findings: inout Findings) {
        if let written = read(annotations, taints, at: annotations, &findings) {
            SchedulingRules.checkTaints(FieldView(written), at: annotations[taints], &findings)
        }
        guard let written = read(annotations, avoidances, at: annotations["AvoidPods"], &findings) else { return }
        let entries = FieldView(written)["preferAvoidPods"].items.count
        for index in 0..<entries {
            let entry = FieldView(
                FieldView(written)["preferAvoidPods"].items[index].value,
                at: .index(annotations[avoidances].path, index))
            let controller = entry["podSignature"]["podController"]
            let place = entry["PodSignature"]
            if !controller.exists {
                findings.add(place.required())
            } else if !controller["controller"].flag {
                findings.add(place["PodController"]["Controller"].invalid(false, "must point to a controller"))
            }
        }
    }

    private static func read(
        _ annotations: FieldView, _ name: String, at place: FieldView, _ findings: inout Findings
    ) -> Value? {
        let text = annotations[name].text
        guard !text.isEmpty else { return nil }
        do {
            return try Value(json: Array(text.utf8))
        } catch {
            findings.add(place.invalid(name, error.description))
            return nil
        }
    }

    // MARK: Configuration that a kubelet once read from the cluster

    private static func checkConfigSource(_ source: FieldView, isStatus: Bool, _ findings: inout Findings) {
        let map = source["configMap"]
        guard map.exists else {
            return findings.add(
                source.invalid(InternalText.configSource(source), "exactly one reference subfield must be non-nil"))
        }
        for field in ["uid", "resourceVersion"] where map[field].isEmpty == isStatus {
            findings.add(
                isStatus
                    ? map[field].required("\(field) must be set in status")
                    : map[field].forbidden("\(field) must not be set in spec"))
        }
        check(map["namespace"], &findings) { Names.dns1123Label($0) }
        check(map["name"], &findings) { Names.dns1123Subdomain($0) }
        check(map["kubeletConfigKey"], &findings) { Names.configMapKey($0) }
    }

    private static func check(_ view: FieldView, _ findings: inout Findings, _ rule: (String) -> [String]) {
        if view.isEmpty {
            let name = view.path.description.split(separator: ".").last ?? ""
            findings.add(view.required("\(name) must be set"))
        } else {
            findings.add(view, rule(view.text))
        }
    }

    // MARK: Preparation

    /// That feature is gone: what is not there yet does not come.
    package static func prepareCreate(_ node: inout Fields) {
        node.inObject("spec") { $0["configSource"] = nil }
        node.inObject("status") { $0["config"] = nil }
    }

    package static func prepareUpdate(_ node: inout Fields, from old: Value) {
        node["status"] = old["status"]
        if old["spec"]?["configSource"] == nil { node.inObject("spec") { $0["configSource"] = nil } }
    }

    package static func prepareStatusUpdate(_ node: inout Fields, from old: Value) {
        if old["status"]?["config"] == nil { node.inObject("status") { $0["config"] = nil } }
    }
}
