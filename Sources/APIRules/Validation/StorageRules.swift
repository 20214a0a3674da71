package import APIMachinery

/// PersistentVolumeClaims.
package enum ClaimRules {
    static let modes = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"]

    package static func check(_ object: Value) -> [FieldError] {
        Findings.of { checkSpec(FieldView(object)["spec"], &$0) }
    }

    static func checkSpec(_ spec: FieldView, _ findings: inout Findings) {
        let list = spec["accessModes"]
        if list.isEmpty { findings.add(list.required("at least 1 access mode is required")) }
        findings.labelSelector(spec["selector"])
        for mode in list.texts where !modes.contains(mode) {
            findings.add(.notSupported(list.path.description, mode, modes))
        }
        if list.texts.contains("ReadWriteOncePod"), list.items.count > 1 {
            findings.add(list.forbidden("may not use ReadWriteOncePod with other access modes"))
        }
        let size = spec["resources"]["requests"][key: "storage"].moved(to: spec["resources"][key: "storage"])
        if let amount = size.quantity {
            if amount <= .zero { findings.add(size.invalid(amount.text, "must be greater than zero")) }
        } else {
            findings.add(size.required())
        }
        findings.optionalName(spec["storageClassName"]) { Names.dns1123Subdomain($0) }
        findings.choice(spec["volumeMode"], ["Block", "Filesystem"], isOptional: true)
    }

    package static func checkUpdate(_ object: Value, from old: Value) -> [FieldError] {
        Findings.of { findings in
            let (claim, was) = (FieldView(object), FieldView(old))
            let spec = claim["spec"]
            // The binder may fill in the volume, and the class of a claim that had none.
            if was["spec"]["volumeName"].isEmpty == false || was["status"]["phase"].text == "Bound"
                || spec["volumeName"].isEmpty
            {
                let changed = kept(spec.value, bound: was["status"]["phase"].text == "Bound", was["spec"].value)
                let before = kept(was["spec"].value, bound: was["status"]["phase"].text == "Bound", was["spec"].value)
                if changed != before {
                    findings.add(
                        spec.forbidden(
                            "spec is immutable after creation except resources.requests and"
                                + " volumeAttributesClassName for bound claims\n" + ValueDiff.text(before, changed)))
                }
            }
            let size = spec["resources"]["requests"]["storage"]
            let before = was["spec"]["resources"]["requests"]["storage"].quantity ?? .zero
            let capacity = was["status"]["capacity"]["storage"].quantity ?? .zero
            // Smaller than before only down to what the volume has; a volume may be larger than what was asked for.
            if let new = size.quantity, new < before, new <= capacity {
                findings.add(size.forbidden("field can not be less than status.capacity"))
            }
        }
    }

    private static func kept(_ spec: Value?, bound: Bool, _ old: Value?) -> Value {
        var spec = spec ?? .emptyObject
        if bound {
            spec[path: "resources", "requests", "storage"] = old?[path: "resources", "requests", "storage"]
            spec["volumeAttributesClassName"] = nil
        }
        if old?["storageClassName"] == nil { spec["storageClassName"] = nil }
        if (old?["volumeName"]?.stringValue ?? "").isEmpty { spec["volumeName"] = nil }
        return spec
    }
}

/// PersistentVolumes and StorageClasses.
package enum StorageRules {
    private static let sources = [
        "hostPath", "gcePersistentDisk", "awsElasticBlockStore", "glusterfs", "flocker", "nfs", "rbd", "quobyte",
        "cephfs", "iscsi", "cinder", "fc", "azureFile", "vsphereVolume", "photonPersistentDisk", "portworxVolume",
        "azureDisk", "scaleIO", "local", "storageos", "csi", "flexVolume",
    ]

    package static func volume(_ object: Value) -> [FieldError] {
        Findings.of { findings in
            let spec = FieldView(object)["spec"]
            let list = spec["accessModes"]
            findings.require(list)
            for mode in list.texts where !ClaimRules.modes.contains(mode) {
                findings.add(.notSupported(list.path.description, mode, ClaimRules.modes))
            }
            if list.texts.contains("ReadWriteOncePod"), Set(list.texts).count > 1 {
                findings.add(list.forbidden("may not use ReadWriteOncePod with other access modes"))
            }
            let capacity = spec["capacity"]
            findings.require(capacity)
            if capacity.value?["storage"] == nil || capacity.entries.count > 1 {
                findings.add(capacity.notSupported(["storage"]))
            }
            for (_, amount) in capacity.entries {
                if let size = amount.quantity, size <= .zero {
                    findings.add(amount.invalid(size.text, "must be greater than zero"))
                }
            }
            findings.choice(
                spec["persistentVolumeReclaimPolicy"], ["Delete", "Recycle", "Retain"], isOptional: true)
            let affinity = spec["nodeAffinity"]
            if affinity["required"].exists { SchedulingRules.checkNodeSelector(affinity["required"], &findings) }
            checkSource(spec, name: FieldView(object)["metadata"]["name"], &findings)
            findings.optionalName(spec["storageClassName"]) { Names.dns1123Subdomain($0) }
            findings.choice(spec["volumeMode"], ["Block", "Filesystem"], isOptional: true)
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
    }

    /// The description of a volume that has no object, in an attachment.
    static func checkInline(_ spec: FieldView, _ findings: inout Findings) {
        let unfit = "may not be specified in the context of inline volumes"
        for field in ["claimRef", "capacity"] where !spec[field].isEmpty { findings.add(spec[field].forbidden(unfit)) }
        if !spec["csi"].exists {
            findings.add(spec["csi"].required("has to be specified in the context of inline volumes"))
        }
        findings.require(spec["accessModes"])
        for mode in spec["accessModes"].texts where !ClaimRules.modes.contains(mode) {
            findings.add(.notSupported(spec["accessModes"].path.description, mode, ClaimRules.modes))
        }
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

    private static func checkSource(_ spec: FieldView, name: FieldView, _ findings: inout Findings) {
        var count = 0
        for kind in sources where spec[kind].exists {
            count += 1
            if count > 1 {
                findings.add(spec[kind].forbidden("may not specify more than 1 volume type"))
            } else {
                checkKind(kind, spec, name: name, &findings)
            }
        }
        if count == 0 { findings.add(spec.required("must specify a volume type")) }
        if spec["hostPath"]["path"].text == "/", spec["persistentVolumeReclaimPolicy"].text == "Recycle" {
            findings.add(
                spec["persistentVolumeReclaimPolicy"].forbidden("may not be 'recycle' for a hostPath mount of '/'"))
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
            if !spec["nodeAffinity"]["required"].exists {
                findings.add(spec["nodeAffinity"].required("Local volume requires node affinity"))
            }
        case "csi": VolumeSourceRules.checkDriver(source, &findings)
        case _: VolumeSourceRules.check(kind, source, name: name, isObject: true, &findings)
        }
    }

    package static func volumeUpdate(_ object: Value, from old: Value) -> [FieldError] {
        Findings.of { findings in
            let (spec, was) = (FieldView(object)["spec"], FieldView(old)["spec"])
            if sources.contains(where: { spec[$0].value != was[$0].value }) {
                findings.add(
                    spec["persistentvolumesource"].forbidden(
                        "spec.persistentvolumesource is immutable after creation\n"
                            + ValueDiff.text(was.value ?? .null, spec.value ?? .null)))
            }
            findings.immutable(spec["volumeMode"], was["volumeMode"].value)
            if was["nodeAffinity"].exists { findings.immutable(spec["nodeAffinity"], was["nodeAffinity"].value) }
        }
    }

    // MARK: Classes

    package static func storageClass(_ object: Value) -> [FieldError] {
        Findings.of { findings in
            let item = FieldView(object)
            checkProvisioner(item["provisioner"], &findings)
            checkParameters(item["parameters"], mayBeEmpty: true, &findings)
            findings.choice(item["reclaimPolicy"], ["Delete", "Retain"], isOptional: true)
            findings.choice(item["volumeBindingMode"], ["Immediate", "WaitForFirstConsumer"])
            checkTopologies(item["allowedTopologies"], &findings)
        }
    }

    static func checkProvisioner(_ name: FieldView, _ findings: inout Findings) {
        findings.name(name) { Names.labelKey($0.lowercased()) }
    }

    private static let parametersMax = 512
    private static let parameterBytesMax = 256 << 10

    static func checkParameters(_ parameters: FieldView, mayBeEmpty: Bool, _ findings: inout Findings) {
        let entries = parameters.entries
        guard entries.count <= parametersMax else { return findings.add(parameters.tooLong(parametersMax)) }
        var size = 0
        for (key, entry) in entries {
            if key.isEmpty { findings.add(parameters.invalid("", "field can not be empty.")) }
            size += key.utf8.count + entry.text.utf8.count
        }
        if size > parameterBytesMax { findings.add(parameters.tooLong(parameterBytesMax)) }
        if !mayBeEmpty, entries.isEmpty {
            findings.add(parameters.required("must contain at least one key/value pair"))
        }
    }

    private static func checkTopologies(_ topologies: FieldView, _ findings: inout Findings) {
        var terms: [[String: Set<String>]] = []
        for topology in topologies.items {
            var term: [String: Set<String>] = [:]
            for expression in topology["matchLabelExpressions"].items {
                let (key, values) = (expression["key"], expression["values"])
                if values.isEmpty { findings.add(values.required()) }
                var seen: Set<String> = []
                for value in values.items where !seen.insert(value.text).inserted { findings.add(value.duplicate()) }
                findings.add(key, Names.labelKey(key.text))
                if term.updateValue(seen, forKey: key.text) != nil { findings.add(key.duplicate()) }
            }
            if terms.contains(term) { findings.add(topology.duplicate("")) }
            terms.append(term)
        }
    }

    package static func storageClassUpdate(_ object: Value, from old: Value) -> [FieldError] {
        Findings.of { findings in
            let item = FieldView(object)
            for field in ["parameters", "provisioner"] where item[field].value != old[field] {
                findings.add(item[field].forbidden("updates to \(field) are forbidden."))
            }
            if item["reclaimPolicy"].value != old["reclaimPolicy"] {
                findings.add(item["reclaimPolicy"].forbidden("updates to reclaimPolicy are forbidden."))
            }
            findings.immutable(item["volumeBindingMode"], old["volumeBindingMode"])
        }
    }
}
