internal import APIMachinery

/// The volumes of a pod.
enum VolumeRules {
    private static let kinds = [
        "emptyDir", "hostPath", "gitRepo", "gcePersistentDisk", "awsElasticBlockStore", "secret", "nfs", "iscsi",
        "glusterfs", "flocker", "persistentVolumeClaim", "rbd", "cinder", "cephfs", "quobyte", "downwardAPI", "fc",
        "flexVolume", "configMap", "azureFile", "vsphereVolume", "photonPersistentDisk", "portworxVolume",
        "azureDisk", "storageos", "projected", "scaleIO", "csi", "ephemeral", "image",
    ]

    /// Hands back the volumes by name.
    static func check(_ volumes: FieldView, _ findings: inout Findings) -> [String: Value] {
        var known: [String: Value] = [:]
        for volume in volumes.items {
            let before = findings.errors.count
            checkSource(volume, &findings)
            let name = volume["name"]
            findings.name(name) { Names.dns1123Label($0) }
            if known[name.text] != nil { findings.add(name.duplicate()) }
            // A broken volume is none: its mounts are reported, too, as upstream does.
            if findings.errors.count == before { known[name.text] = volume.value }
        }
        return known
    }

    private static func checkSource(_ volume: FieldView, _ findings: inout Findings) {
        var count = 0
        for kind in kinds where volume.has(kind) {
            count += 1
            guard count == 1 else {
                findings.add(volume[kind].forbidden("may not specify more than 1 volume type"))
                continue
            }
            checkKind(kind, volume[kind], &findings)
        }
        if count == 0 { findings.add(volume.required("must specify a volume type")) }
    }

    private static func checkKind(_ kind: String, _ source: FieldView, _ findings: inout Findings) {
        switch kind {
        case "emptyDir":
            if let limit = source["sizeLimit"].quantity, limit.isNegative {
                findings.add(source["sizeLimit"].forbidden("SizeLimit field must be a valid resource quantity"))
            }
        case "hostPath": checkHostPath(source, &findings)
        case "secret":
            findings.require(source["secretName"])
            checkMode(source["defaultMode"], &findings)
            checkKeys(source["items"], &findings)
        case "configMap":
            findings.require(source["name"])
            checkMode(source["defaultMode"], &findings)
            checkKeys(source["items"], &findings)
        case "downwardAPI":
            checkMode(source["defaultMode"], &findings)
            for item in source["items"].items { checkDownwardFile(item, &findings) }
        case "projected":
            checkMode(source["defaultMode"], &findings)
            checkProjections(source["sources"], &findings)
        case "persistentVolumeClaim": findings.require(source["claimName"])
        case "nfs":
            findings.require(source["server"])
            findings.require(source["path"])
            if !source["path"].isEmpty, !source["path"].text.hasPrefix("/") {
                findings.add(source["path"].invalid("must be an absolute path"))
            }
        case "csi": findings.require(source["driver"])
        case "iscsi":
            findings.require(source["targetPortal"])
            findings.require(source["iqn"])
            findings.range(source["lun"], 0, 255)
        case "ephemeral": checkEphemeral(source, &findings)
        case "image":
            findings.require(source["reference"])
            findings.choice(source["pullPolicy"], ["Always", "IfNotPresent", "Never"])
        case _: break
        }
    }

    static func checkHostPath(_ source: FieldView, _ findings: inout Findings) {
        findings.require(source["path"])
        PathRules.checkBacksteps(source["path"].text, at: source["path"], &findings)
        findings.choice(
            source["type"],
            ["", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"],
            isOptional: true)
    }

    private static func checkEphemeral(_ source: FieldView, _ findings: inout Findings) {
        let template = source["volumeClaimTemplate"]
        guard template.exists else { return findings.add(template.required()) }
        ClaimRules.checkSpec(template["spec"], &findings)
    }

    // MARK: Files

    private static func checkMode(_ mode: FieldView, _ findings: inout Findings) {
        if let number = mode.number, !(0...0o777).contains(number) {
            findings.add(mode.invalid("must be a number between 0 and 0777 (octal), both inclusive"))
        }
    }

    private static func checkKeys(_ items: FieldView, _ findings: inout Findings) {
        for item in items.items {
            findings.require(item["key"])
            findings.require(item["path"])
            if !item["path"].isEmpty { PathRules.checkFile(item["path"], &findings) }
            checkMode(item["mode"], &findings)
        }
    }

    private static func checkDownwardFile(_ file: FieldView, _ findings: inout Findings) {
        findings.require(file["path"])
        if !file["path"].isEmpty { PathRules.checkFile(file["path"], &findings) }
        let (field, resource) = (file["fieldRef"], file["resourceFieldRef"])
        if field.exists {
            EnvironmentRules.checkField(field, inVolume: true, &findings)
            if resource.exists {
                findings.add(
                    file.invalid("resource", "fieldRef and resourceFieldRef can not be specified simultaneously"))
            }
        } else if resource.exists {
            EnvironmentRules.checkResourceField(resource, inVolume: true, &findings)
        } else {
            findings.add(file.required("one of fieldRef and resourceFieldRef is required"))
        }
        checkMode(file["mode"], &findings)
    }

    private static func checkProjections(_ sources: FieldView, _ findings: inout Findings) {
        var paths: Set<String> = []
        for source in sources.items {
            var count = 0
            for kind in [
                "secret", "configMap", "downwardAPI", "serviceAccountToken", "clusterTrustBundle", "podCertificate",
            ]
            where source.has(kind) {
                count += 1
                guard count == 1 else {
                    findings.add(source[kind].forbidden("may not specify more than 1 volume type"))
                    continue
                }
                checkProjection(kind, source[kind], &paths, &findings)
            }
            if count == 0 { findings.add(source.required("must specify a volume type")) }
        }
    }

    private static func checkProjection(
        _ kind: String, _ source: FieldView, _ paths: inout Set<String>, _ findings: inout Findings
    ) {
        switch kind {
        case "serviceAccountToken":
            if let seconds = source["expirationSeconds"].number {
                if seconds < 600 {
                    findings.add(source["expirationSeconds"].invalid("may not specify a duration less than 10 minutes"))
                } else if seconds > 1 << 32 {
                    findings.add(
                        source["expirationSeconds"].invalid("may not specify a duration larger than 2^32 seconds"))
                }
            }
            findings.require(source["path"])
            PathRules.checkFile(source["path"], &findings)
        case "downwardAPI":
            for item in source["items"].items { checkDownwardFile(item, &findings) }
        case "secret", "configMap":
            findings.require(source["name"])
            checkKeys(source["items"], &findings)
        case _: break
        }
        let files = kind == "serviceAccountToken" ? [source["path"]] : source["items"].items.map { $0["path"] }
        for file in files where !file.isEmpty && !paths.insert(file.text).inserted {
            findings.add(source.invalid(file.text, "conflicting duplicate paths"))
        }
    }
}
