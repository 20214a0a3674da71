internal import APIMachinery

/// The sources of volumes that pods and PersistentVolumes share (`core/validation`).
enum VolumeSourceRules {
    /// Fields that a source cannot do without.
    private static let required: [String: [String]] = [
        "gitRepo": ["repository"], "gcePersistentDisk": ["pdName"], "awsElasticBlockStore": ["volumeID"],
        "glusterfs": ["endpoints", "path"], "rbd": ["monitors", "image"], "cinder": ["volumeID"],
        "cephfs": ["monitors"], "flexVolume": ["driver"], "azureFile": ["secretName", "shareName"],
        "vsphereVolume": ["volumePath"], "photonPersistentDisk": ["pdID"], "portworxVolume": ["volumeID"],
        "azureDisk": ["diskName", "diskURI"], "scaleIO": ["gateway", "system", "volumeName"],
        "nfs": ["server", "path"], "persistentVolumeClaim": ["claimName"],
    ]
    /// Sources whose secret must be named; of a PersistentVolume, with its namespace.
    private static let secretive: Set<String> = ["cinder", "storageos"]
    private static let quobyteTenantMax = 64

    /// - name: of the volume
    static func check(
        _ kind: String, _ source: FieldView, name: FieldView, isObject: Bool, _ findings: inout Findings
    ) {
        for field in required[kind] ?? [] { findings.require(source[field]) }
        switch kind {
        case "gitRepo": PathRules.checkDescending(source["directory"].text, at: source["directory"], &findings)
        case "gcePersistentDisk", "awsElasticBlockStore":
            if let number = source["partition"].number, !(0...255).contains(number) {
                findings.add(source["partition"].invalid("must be between 1 and 255, inclusive"))
            }
        case "nfs":
            if !source["path"].text.hasPrefix("/") {
                findings.add(source["path"].invalid(source["path"].text, "must be an absolute path"))
            }
        case "iscsi": checkISCSI(source, name: name, isObject: isObject, &findings)
        case "fc": checkFibreChannel(source, &findings)
        case "flocker": checkFlocker(source, &findings)
        case "quobyte": checkQuobyte(source, &findings)
        case "flexVolume": checkOptions(source["options"], &findings)
        case "azureDisk": checkAzureDisk(source, &findings)
        case "storageos": checkStorageOS(source, &findings)
        case "glusterfs" where source["endpointsNamespace"].exists: checkNamespace(source, &findings)
        case "azureFile" where source["secretNamespace"].exists: findings.require(source["secretNamespace"])
        case _: break
        }
        let secret = source["secretRef"]
        guard secret.exists, secretive.contains(kind) || kind == "iscsi" && isObject else { return }
        findings.require(secret["name"])
        if isObject, kind != "iscsi" { findings.require(secret["namespace"]) }
    }

    // MARK: Disks over a network

    private static func checkISCSI(
        _ source: FieldView, name: FieldView, isObject: Bool, _ findings: inout Findings
    ) {
        let (portal, initiator) = (source["targetPortal"], source["initiatorName"])
        let isLong = initiator.exists && "\(name.text):\(portal.text)".utf8.count > 64
        let tooLong = "Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if"
            + " iscsi.initiatorName is specified."
        findings.require(portal)
        if isLong, isObject {
            findings.add(portal.moved(to: source["targetportal"]).invalid(portal.text, tooLong))
        }
        if source["iqn"].isEmpty {
            findings.add(source["iqn"].required())
        } else {
            checkQualifiedName(source["iqn"], isObject: isObject, &findings)
        }
        findings.range(source["lun"], 0, 255)
        if source["chapAuthDiscovery"].flag || source["chapAuthSession"].flag { requireSecret(source, &findings) }
        if initiator.exists {
            checkQualifiedName(initiator.moved(to: source["initiatorname"]), isObject: isObject, &findings)
        }
        if isLong, !isObject { findings.add(name.invalid(tooLong)) }
    }

    private static func requireSecret(_ source: FieldView, _ findings: inout Findings) {
        if !source["secretRef"].exists { findings.add(source["secretRef"].required()) }
    }

    private static func checkQualifiedName(_ view: FieldView, isObject: Bool, _ findings: inout Findings) {
        let name = view.text
        guard let prefix = ["iqn", "eui", "naa"].first(where: { name.hasPrefix($0) }) else {
            let wanted = isObject ? "must be valid format" : "must be valid format starting with iqn, eui, or naa"
            return findings.add(view.invalid(name, wanted))
        }
        let isValid = switch prefix {
        case "iqn": isISCSIName(name)
        case "eui": isHexadecimal(name.dropFirst(4), [16]) && name.hasPrefix("eui.")
        case _: isHexadecimal(name.dropFirst(4), [16, 32]) && name.hasPrefix("naa.")
        }
        if !isValid { findings.add(view.invalid(name, "must be valid format")) }
    }

    /// `iqn.2001-04.com.example:storage`
    private static func isISCSIName(_ name: String) -> Bool {
        let parts = name.split(separator: ".", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "iqn", !parts[2].isEmpty else { return false }
        let date = parts[1].split(separator: "-", omittingEmptySubsequences: false)
        guard date.count == 2, date[0].utf8.count == 4, date[1].utf8.count == 2,
            date.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } })
        else { return false }
        let end = parts[2].firstIndex(of: ":") ?? parts[2].endIndex
        let domain = parts[2][..<end]
        let isRest = end == parts[2].endIndex || parts[2].index(after: end) < parts[2].endIndex
        return isRest && !domain.isEmpty
            && domain.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x61...0x7a).contains(byte | 0x20) || byte == 0x2e || byte == 0x2d
            }
    }

    private static func isHexadecimal(_ text: Substring, _ lengths: Set<Int>) -> Bool {
        lengths.contains(text.utf8.count)
            && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0 | 0x20) }
    }

    private static func checkFibreChannel(_ source: FieldView, _ findings: inout Findings) {
        let (names, identifiers, unit) = (source["targetWWNs"], source["wwids"], source["lun"])
        if names.isEmpty, identifiers.isEmpty {
            findings.add(names.required("must specify either targetWWNs or wwids, but not both"))
        }
        guard !names.isEmpty else { return }
        if !identifiers.isEmpty {
            findings.add(names.invalid("targetWWNs and wwids can not be specified simultaneously"))
        }
        if unit.exists {
            findings.range(unit, 0, 255)
        } else {
            findings.add(unit.required("lun is required if targetWWNs is specified"))
        }
    }

    // MARK: Others' systems

    private static func checkFlocker(_ source: FieldView, _ findings: inout Findings) {
        let (name, id) = (source["datasetName"], source["datasetUUID"])
        if name.isEmpty, id.isEmpty { findings.add(source.required("one of datasetName and datasetUUID is required")) }
        if !name.isEmpty, !id.isEmpty {
            findings.add(source.invalid("resource", "datasetName and datasetUUID can not be specified simultaneously"))
        }
        if name.text.utf8.contains(UInt8(ascii: "/")) { findings.add(name.invalid("must not contain '/'")) }
    }

    private static func checkQuobyte(_ source: FieldView, _ findings: inout Findings) {
        let (registry, tenant) = (source["registry"], source["tenant"])
        let pairs = "must be a host:port pair or multiple pairs separated by commas"
        if registry.isEmpty {
            findings.add(registry.required(pairs))
        } else if tenant.text.utf8.count > quobyteTenantMax {
            findings.add(tenant.required("must be a UUID and may not exceed a length of 64 characters"))
        } else {
            for pair in registry.text.split(separator: ",", omittingEmptySubsequences: false)
            where pair.split(separator: ":", omittingEmptySubsequences: false).count != 2 {
                findings.add(registry.invalid(pairs))
            }
        }
        findings.require(source["volume"])
    }

    private static func checkOptions(_ options: FieldView, _ findings: inout Findings) {
        for (key, entry) in options.entries {
            let domain = "." + (key.split(separator: "/", maxSplits: 1).first ?? "").lowercased()
            if domain.hasSuffix(".kubernetes.io") || domain.hasSuffix(".k8s.io") {
                findings.add(entry.invalid(key, "kubernetes.io and k8s.io namespaces are reserved"))
            }
        }
    }

    private static func checkAzureDisk(_ source: FieldView, _ findings: inout Findings) {
        let (kind, address) = (source["kind"], source["diskURI"])
        findings.choice(source["cachingMode"], ["None", "ReadOnly", "ReadWrite"], isOptional: true)
        findings.choice(kind, ["Dedicated", "Managed", "Shared"], isOptional: true)
        guard kind.exists else { return }
        if kind.text == "Managed", !address.text.hasPrefix("/subscriptions/") {
            findings.add(
                address.invalidChoice([
                    "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}"
                ]))
        }
        if kind.text != "Managed", !address.text.hasPrefix("https://") {
            findings.add(
                address.invalidChoice([
                    "https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd"
                ]))
        }
    }

    private static func checkStorageOS(_ source: FieldView, _ findings: inout Findings) {
        findings.name(source["volumeName"]) { Names.dns1123Label($0) }
        findings.optionalName(source["volumeNamespace"]) { Names.dns1123Label($0) }
    }

    private static func checkNamespace(_ source: FieldView, _ findings: inout Findings) {
        let name = source["endpointsNamespace"]
        if name.isEmpty {
            findings.add(name.invalid("if the endpointnamespace is set, it must be a valid namespace name"))
        } else {
            findings.add(name, Names.dns1123Label(name.text))
        }
    }

    // MARK: CSI

    private static let secretFields = [
        "controllerPublishSecretRef", "controllerExpandSecretRef", "nodePublishSecretRef", "nodeExpandSecretRef",
    ]

    /// Of a PersistentVolume.
    static func checkDriver(_ source: FieldView, _ findings: inout Findings) {
        DriverRules.checkDriverName(source["driver"], &findings)
        findings.require(source["volumeHandle"])
        for field in secretFields where source[field].exists {
            findings.name(source[field]["name"]) { Names.dns1123Subdomain($0) }
            findings.name(source[field]["namespace"]) { Names.dns1123Label($0) }
        }
    }

    /// Of a pod.
    static func checkInlineDriver(_ source: FieldView, _ findings: inout Findings) {
        DriverRules.checkDriverName(source["driver"], &findings)
        let secret = source["nodePublishSecretRef"]
        guard secret.exists else { return }
        if secret["name"].isEmpty {
            findings.add(secret["name"].required())
        } else {
            findings.add(secret["name"].moved(to: source["name"]), Names.dns1123Subdomain(secret["name"].text))
        }
    }
}
