package import APIMachinery

/// PersistentVolumeClaims.
package enum ClaimRules {
    static let modes = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"]
    /// Where the class of a claim stood before `spec.storageClassName` was.
    private static let classAnnotation = "volume.beta.kubernetes.io/storage-class"

    package static func check(_ object: Value) -> [FieldError] {
        Findings.of { checkSpec(FieldView(object)["spec"], &$0) }
    }

    /// - old: the description before; what was wrong in it may stay so.
    static func checkSpec(_ spec: FieldView, from old: FieldView? = nil, _ findings: inout Findings) {
        if spec["accessModes"].isEmpty {
            findings.add(spec["accessModes"].required("at least 1 access mode is required"))
        }
        let hadWrongValue = old.map { old in !Findings.of { $0.labelSelector(old["selector"]) }.isEmpty } ?? false
        findings.labelSelector(spec["selector"], allowsAnyValue: hadWrongValue)
        checkModes(spec["accessModes"], &findings)
        let size = spec["resources"]["requests"]["storage"].moved(to: spec["resources"][key: "storage"])
        if let amount = size.quantity {
            if amount <= .zero {
                findings.add(size.invalid(amount.text, "must be greater than zero"))
            } else {
                ResourceRules.checkAmount("storage", size, &findings)
            }
        } else {
            findings.add(size.required())
        }
        findings.optionalName(spec["storageClassName"]) { Names.dns1123Subdomain($0) }
        findings.given(spec["volumeMode"], ["Block", "Filesystem"], isOptional: true)
        checkSources(spec, from: old, &findings)
        findings.optionalName(spec["volumeAttributesClassName"]) { Names.dns1123Subdomain($0) }
    }

    /// How a volume may be mounted: of claims and of volumes.
    static func checkModes(_ list: FieldView, _ findings: inout Findings) {
        for mode in list.texts where !modes.contains(mode) {
            findings.add(.notSupported(list.path.description, mode, modes))
        }
        let known = Set(list.texts).intersection(modes)
        if known.contains("ReadWriteOncePod"), known.count > 1 {
            findings.add(list.forbidden("may not use ReadWriteOncePod with other access modes"))
        }
    }

    // MARK: What a volume begins with

    private static func checkSources(_ spec: FieldView, from old: FieldView?, _ findings: inout Findings) {
        let (source, reference) = (spec["dataSource"], spec["dataSourceRef"])
        let hadGroup = ["dataSource", "dataSourceRef"].contains { old?[$0]["apiGroup"].exists == true }
        for view in [source, reference] where view.exists { checkSource(view, allowsAnyGroup: hadGroup, &findings) }
        findings.optionalName(reference["namespace"]) { Names.dns1123Label($0) }
        guard source.exists, reference.exists else { return }
        // Upstream shows the path of the field as a value, of which nothing is left to be seen.
        if !reference["namespace"].isEmpty {
            findings.add(
                spec.invalid(Value.emptyObject, "may not be specified when dataSourceRef.namespace is specified"))
        } else if ["apiGroup", "kind", "name"].contains(where: { source[$0].value != reference[$0].value }) {
            findings.add(spec.invalid(Value.emptyObject, "must match dataSourceRef"))
        }
    }

    private static func checkSource(_ source: FieldView, allowsAnyGroup: Bool, _ findings: inout Findings) {
        let (kind, group) = (source["kind"], source["apiGroup"])
        findings.require(source["name"])
        findings.require(kind)
        if group.isEmpty, kind.text != "PersistentVolumeClaim" {
            findings.add(
                source.invalid(kind.text, "must be 'PersistentVolumeClaim' when referencing the default apiGroup"))
        }
        if !allowsAnyGroup { findings.optionalName(group) { Names.dns1123Subdomain($0) } }
    }

    // MARK: Changes

    package static func checkUpdate(_ object: Value, from old: Value) -> [FieldError] {
        Findings.of { findings in
            let (claim, was) = (FieldView(object), FieldView(old))
            let (spec, before) = (claim["spec"], was["spec"])
            // Upstream judges the new claim by itself twice.
            for _ in 0..<2 { checkSpec(spec, from: before, &findings) }
            let isMoved = movesClass(from: was, to: claim)
            if !isMoved { checkAnnotation(claim["metadata"]["annotations"], was["metadata"]["annotations"], &findings) }
            let kept = comparable(claim, from: was)
            if kept.new != kept.old {
                findings.add(
                    spec.forbidden(
                        "spec is immutable after creation except resources.requests and"
                            + " volumeAttributesClassName for bound claims\n" + ValueDiff.text(kept.old, kept.new)))
            }
            checkSize(spec["resources"]["requests"]["storage"], from: was, &findings)
            findings.immutable(spec["volumeMode"].moved(to: claim["volumeMode"]), before["volumeMode"].value)
            checkAttributesClass(spec["volumeAttributesClassName"], before["volumeAttributesClassName"], &findings)
        }
    }

    /// Whether the class that an annotation named is now named by the field.
    private static func movesClass(from old: FieldView, to new: FieldView) -> Bool {
        let before = old["metadata"]["annotations"][classAnnotation]
        let after = new["metadata"]["annotations"][classAnnotation]
        return before.exists && !old["spec"]["storageClassName"].exists
            && new["spec"]["storageClassName"].value == before.value && (!after.exists || after.value == before.value)
    }

    private static func checkAnnotation(_ new: FieldView, _ old: FieldView, _ findings: inout Findings) {
        let annotation = new[classAnnotation]
        if annotation.text != old[classAnnotation].text {
            findings.add(annotation.invalid(annotation.text, "field is immutable"))
        }
    }

    /// The two descriptions, without what may differ between them.
    private static func comparable(_ claim: FieldView, from old: FieldView) -> (old: Value, new: Value) {
        var (before, after) = (old["spec"].value ?? .emptyObject, claim["spec"].value ?? .emptyObject)
        if old["spec"]["volumeName"].isEmpty { before["volumeName"] = after["volumeName"] }
        let annotation = old["metadata"]["annotations"][classAnnotation]
        // A claim without a class may be given one, the one that it was asked for with.
        if before["storageClassName"] == nil, let name = after["storageClassName"],
            !annotation.exists || annotation.value == name
        {
            after["storageClassName"] = nil
        }
        if claim["status"]["phase"].text == "Bound" {
            if after[path: "resources", "requests"] != nil {
                after[path: "resources", "requests", "storage"] = before[path: "resources", "requests", "storage"]
            }
            if after["volumeAttributesClassName"] != nil {
                after["volumeAttributesClassName"] = before["volumeAttributesClassName"]
            }
        }
        let storage = ["resources", "requests", "storage"]
        // The same amount may be written otherwise.
        if let left = before[path: storage[0], storage[1], storage[2]]?.stringValue.flatMap({ Quantity($0) }),
            left == after[path: storage[0], storage[1], storage[2]]?.stringValue.flatMap({ Quantity($0) })
        {
            after[path: "resources", "requests", "storage"] = before[path: "resources", "requests", "storage"]
        }
        return (before, after)
    }

    /// Smaller than before only down to what the volume has: so one gets out of an expansion that cannot be.
    private static func checkSize(_ size: FieldView, from old: FieldView, _ findings: inout Findings) {
        let before = old["spec"]["resources"]["requests"]["storage"].quantity ?? .zero
        let capacity = old["status"]["capacity"]["storage"].quantity ?? .zero
        let new = size.quantity ?? .zero
        if new < before, new <= capacity { findings.add(size.forbidden("field can not be less than status.capacity")) }
    }

    private static func checkAttributesClass(_ name: FieldView, _ old: FieldView, _ findings: inout Findings) {
        guard old.exists, name.value != old.value else { return }
        if !name.exists {
            findings.add(name.forbidden("update from non-nil value to nil is forbidden"))
        } else if name.isEmpty {
            findings.add(name.forbidden("update from non-nil value to an empty string is forbidden"))
        }
    }

    // MARK: Status

    private static let resizings = [
        "ControllerResizeInProgress", "ControllerResizeInfeasible", "NodeResizeInProgress", "NodeResizeInfeasible",
        "NodeResizePending",
    ]

    package static func checkStatus(_ object: Value, from old: Value) -> [FieldError] {
        Findings.of { findings in
            let status = FieldView(object)["status"]
            for (_, amount) in status["capacity"].entries { ResourceRules.checkBasic(amount, &findings) }
            checkResizings(
                status["allocatedResourceStatuses"], at: status["allocatedResourceStatus"], &findings)
            checkAllocated(status["allocatedResources"], &findings)
        }
    }

    private static func checkResizings(_ statuses: FieldView, at shown: FieldView, _ findings: inout Findings) {
        for (name, entry) in statuses.entries {
            checkResource(name, at: shown, &findings)
            if resizings.contains(entry.text) { continue }
            findings.add(.notSupported(shown.path.description, name, resizings))
        }
    }

    private static func checkAllocated(_ allocated: FieldView, _ findings: inout Findings) {
        for (name, amount) in allocated.entries {
            guard checkResource(name, at: allocated, &findings), ResourceRules.checkBasic(amount, &findings) else {
                continue
            }
            ResourceRules.checkAmount("storage", amount, &findings)
        }
    }

    @discardableResult
    private static func checkResource(_ name: String, at view: FieldView, _ findings: inout Findings) -> Bool {
        let faults = Names.labelKey(name)
        for fault in faults { findings.add(view.invalid(name, fault)) }
        guard faults.isEmpty else { return false }
        guard ResourceRules.isNative(name), name != "storage" else { return true }
        findings.add(.notSupported(view.path.description, name, ["storage"]))
        return false
    }
}
