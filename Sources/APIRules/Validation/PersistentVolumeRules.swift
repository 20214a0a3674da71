package import APIMachinery
package import Determinism

/// PersistentVolumes.
package enum PersistentVolumeRules {
    /// In the order in which upstream looks for them.
    private static let sources = [
        "hostPath", "gcePersistentDisk", "awsElasticBlockStore", "glusterfs", "flocker", "nfs", "rbd", "quobyte",
        "cephfs", "iscsi", "cinder", "fc", "flexVolume", "azureFile", "vsphereVolume", "photonPersistentDisk",
        "portworxVolume", "azureDisk", "scaleIO", "local", "storageos", "csi",
    ]

    package static func check(_ object: Value) -> [FieldError] {
        Findings.of { findings in
            checkSpec(FieldView(object), from: nil, &findings)
            checkMountOptions(FieldView(object), &findings)
        }
    }

    /// - old: the volume before; wrong values of labels in its affinity may stay so.
    private static func checkSpec(_ object: FieldView, from old: FieldView?, _ findings: inout Findings) {
        let spec = object["spec"]
        findings.require(spec["accessModes"])
        ClaimRules.checkModes(spec["accessModes"], &findings)
        checkCapacity(spec["capacity"], &findings)
        findings.choice(spec["persistentVolumeReclaimPolicy"], ["Delete", "Recycle", "Retain"], isOptional: true)
        checkAffinity(spec["nodeAffinity"], from: old?["spec"]["nodeAffinity"], &findings)
        checkSource(spec, name: object["metadata"]["name"], &findings)
        findings.optionalName(spec["storageClassName"]) { Names.dns1123Subdomain($0) }
        findings.given(spec["volumeMode"], ["Block", "Filesystem"], isOptional: true)
        let attributes = spec["volumeAttributesClassName"]
        guard attributes.exists else { return }
        if attributes.isEmpty {
            findings.add(attributes.required("an empty string is disallowed"))
        } else {
            findings.add(attributes, Names.dns1123Subdomain(attributes.text))
        }
        if !spec["csi"].exists {
            findings.add(spec["csi"].required("has to be specified when using volumeAttributesClassName"))
        }
    }

    private static func checkCapacity(_ capacity: FieldView, _ findings: inout Findings) {
        findings.require(capacity)
        if capacity.value?["storage"] == nil || capacity.entries.count > 1 {
            findings.add(.notSupported(capacity.path.description, capacity.value ?? .null, ["storage"]))
        }
        for (_, amount) in capacity.entries {
            ResourceRules.checkBasic(amount, &findings)
            if let size = amount.quantity, size <= .zero {
                findings.add(amount.invalid(size.text, "must be greater than zero"))
            }
        }
    }

    private static func checkAffinity(_ affinity: FieldView, from old: FieldView?, _ findings: inout Findings) {
        guard affinity.exists else { return }
        let required = affinity["required"]
        guard required.exists else { return findings.add(required.required("must specify required node constraints")) }
        let values = (old?["required"]["nodeSelectorTerms"].items ?? []).flatMap { term in
            term["matchExpressions"].items.flatMap(\.["values"].texts)
        }
        let hadWrongValue = values.contains { !Names.labelValue($0).isEmpty }
        SchedulingRules.checkNodeSelector(required, allowsAnyValue: hadWrongValue, &findings)
    }

    // MARK: Where the bytes are

    private static func checkSource(_ spec: FieldView, name: FieldView, _ findings: inout Findings) {
        var count = 0
        for kind in sources where spec[kind].exists {
            count += 1
            if count > 1, kind != "flexVolume" {
                let field = kind == "cephfs" ? spec["cephFS"] : spec[kind]
                findings.add(field.forbidden("may not specify more than 1 volume type"))
            } else {
                checkKind(kind, spec, name: name, &findings)
            }
        }
        if count == 0 { findings.add(spec.required("must specify a volume type")) }
        let policy = spec["persistentVolumeReclaimPolicy"]
        if PathRules.isRoot(spec["hostPath"]["path"].text), policy.text == "Recycle" {
            findings.add(policy.forbidden("may not be 'recycle' for a hostPath mount of '/'"))
        }
    }

    private static func checkKind(
        _ kind: String, _ spec: FieldView, name: FieldView, _ findings: inout Findings
    ) {
        let source = spec[kind]
        switch kind {
        case "hostPath": VolumeRules.checkHostPath(source, &findings)
        case "local":
            if source["path"].isEmpty {
                findings.add(source["path"].required())
            } else {
                PathRules.checkBacksteps(source["path"].text, at: source["path"], &findings)
            }
            if !spec["nodeAffinity"].exists {
                findings.add(spec["nodeAffinity"].required("Local volume requires node affinity"))
            }
        case "csi": VolumeSourceRules.checkDriver(source, &findings)
        case "gcePersistentDisk":
            let shown = source.moved(to: spec["persistentDisk"])
            VolumeSourceRules.check(kind, shown, name: name, isObject: true, &findings)
        case _: VolumeSourceRules.check(kind, source, name: name, isObject: true, &findings)
        }
    }

    /// Of an annotation that came before `spec.mountOptions`.
    private static let mountOptions = "volume.beta.kubernetes.io/mount-options"
    private static let mountable = [
        "gcePersistentDisk", "awsElasticBlockStore", "glusterfs", "nfs", "rbd", "quobyte", "iscsi", "cinder", "cephfs",
        "azureFile", "vsphereVolume", "azureDisk", "photonPersistentDisk",
    ]

    private static func checkMountOptions(_ object: FieldView, _ findings: inout Findings) {
        guard !mountable.contains(where: { object["spec"][$0].exists }) else { return }
        let annotation = object["metadata"]["annotations"][mountOptions]
        if annotation.exists { findings.add(annotation.forbidden("may not specify mount options for this volume type")) }
    }

    /// The description of a volume that has no object, in an attachment.
    static func checkInline(_ spec: FieldView, _ findings: inout Findings) {
        let unfit = "may not be specified in the context of inline volumes"
        for field in ["claimRef", "capacity"] where !spec[field].isEmpty { findings.add(spec[field].forbidden(unfit)) }
        if !spec["csi"].exists {
            findings.add(spec["csi"].required("has to be specified in the context of inline volumes"))
        }
        findings.require(spec["accessModes"])
        ClaimRules.checkModes(spec["accessModes"], &findings)
        let (policy, mode) = (spec["persistentVolumeReclaimPolicy"], spec["volumeMode"])
        if !policy.isEmpty, policy.text != "Retain" {
            findings.add(policy.forbidden("may only be Retain in the context of inline volumes"))
        }
        if spec["nodeAffinity"].exists { findings.add(spec["nodeAffinity"].forbidden(unfit)) }
        checkSource(spec, name: FieldView(nil), &findings)
        if !spec["storageClassName"].isEmpty { findings.add(spec["storageClassName"].forbidden(unfit)) }
        if mode.exists, mode.text != "Filesystem" {
            findings.add(
                mode.forbidden("may not specify volumeMode other than Filesystem in the context of inline volumes"))
        }
    }

    // MARK: Changes

    package static func checkUpdate(_ object: Value, from old: Value) -> [FieldError] {
        Findings.of { findings in
            let (volume, was) = (FieldView(object), FieldView(old))
            let (spec, before) = (volume["spec"], was["spec"])
            checkSpec(volume, from: was, &findings)
            checkMountOptions(volume, &findings)
            // Upstream judges the new volume by itself twice.
            checkSpec(volume, from: was, &findings)
            let (oldSource, newSource) = (source(of: before), source(of: spec, from: before))
            if newSource != oldSource {
                findings.add(
                    spec["persistentvolumesource"].forbidden(
                        "spec.persistentvolumesource is immutable after creation\n"
                            + ValueDiff.text(oldSource, newSource)))
            }
            findings.immutable(spec["volumeMode"].moved(to: volume["volumeMode"]), before["volumeMode"].value)
            let (affinity, oldAffinity) = (spec["nodeAffinity"], before["nodeAffinity"])
            if oldAffinity.exists, !renamesLabels(from: oldAffinity.value ?? .null, to: affinity.value ?? .null) {
                let shown = InternalText.nodeAffinity(affinity)
                findings.add(affinity.moved(to: volume["nodeAffinity"]).invalid(shown, "field is immutable"))
            }
            let attributes = spec["volumeAttributesClassName"]
            if before["volumeAttributesClassName"].exists, !attributes.exists {
                findings.add(attributes.forbidden("update from non-nil value to nil is forbidden"))
            }
        }
    }

    private static func source(of spec: FieldView) -> Value {
        var source = Value.emptyObject
        for kind in sources { source[kind] = spec[kind].value }
        return source
    }

    /// A secret for expanding the volume may be added where there was none.
    private static func source(of spec: FieldView, from old: FieldView) -> Value {
        var source = source(of: spec)
        if old["csi"].exists, !old["csi"]["controllerExpandSecretRef"].exists, spec["csi"].exists {
            source[path: "csi", "controllerExpandSecretRef"] = nil
        }
        return source
    }

    /// The labels of nodes that have had another name since they are general.
    private static let renamedLabels = [
        "topology.kubernetes.io/zone": "failure-domain.beta.kubernetes.io/zone",
        "topology.kubernetes.io/region": "failure-domain.beta.kubernetes.io/region",
        "node.kubernetes.io/instance-type": "beta.kubernetes.io/instance-type",
        "kubernetes.io/os": "beta.kubernetes.io/os",
        "kubernetes.io/arch": "beta.kubernetes.io/arch",
    ]

    /// Whether nothing has changed but names of labels, from the old to the new ones.
    private static func renamesLabels(from old: Value, to new: Value) -> Bool {
        switch (old, new) {
        case (.object(let before), .object(let after)):
            guard before.names == after.names else { return false }
            return zip(before, after).allSatisfy { before, after in
                if before.name == "key", let name = after.value.stringValue, before.value != after.value {
                    return renamedLabels[name] == before.value.stringValue
                }
                return renamesLabels(from: before.value, to: after.value)
            }
        case (.array(let before), .array(let after)):
            return before.count == after.count && zip(before, after).allSatisfy { renamesLabels(from: $0, to: $1) }
        case _: return old == new
        }
    }

    /// Notes when the phase changed, where who changed it does not say.
    package static func notePhase(_ volume: inout Fields, from old: Value, now: Timestamp) {
        let (phase, time) = (old[path: "status", "phase"], old[path: "status", "lastPhaseTransitionTime"])
        volume.inObject("status") { status in
            let given = status["lastPhaseTransitionTime"]
            if status["phase"] == phase {
                if given == nil { status["lastPhaseTransitionTime"] = time }
            } else if given == nil || given == time {
                status["lastPhaseTransitionTime"] = .string(now.rfc3339)
            }
        }
    }
}
