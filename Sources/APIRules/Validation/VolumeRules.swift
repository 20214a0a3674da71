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
    ///
    /// - pod: its name, as far as there is one; `nil` in a template.
    static func check(_ volumes: FieldView, pod: String?, _ findings: inout Findings) -> [String: Value] {
        var known: [String: Value] = [:]
        for volume in volumes.items {
            let before = findings.errors.count
            checkSource(volume, pod: pod, &findings)
            let name = volume["name"]
            findings.name(name) { Names.dns1123Label($0) }
            if known[name.text] != nil { findings.add(name.duplicate()) }
            // A broken volume is none: its mounts are reported, too, as upstream does.
            if findings.errors.count == before { known[name.text] = volume.value }
        }
        return known
    }

    private static func checkSource(_ volume: FieldView, pod: String?, _ findings: inout Findings) {
        var count = 0
        for kind in kinds where volume.has(kind) {
            count += 1
            guard count == 1 else {
                findings.add(volume[kind].forbidden("may not specify more than 1 volume type"))
                continue
            }
            checkKind(kind, volume, pod: pod, &findings)
        }
        if count == 0 { findings.add(volume.required("must specify a volume type")) }
    }

    private static func checkKind(
        _ kind: String, _ volume: FieldView, pod: String?, _ findings: inout Findings
    ) {
        let source = volume[kind]
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
            for item in source["items"].items { checkDownwardFile(item, at: source, &findings) }
        case "projected":
            checkMode(source["defaultMode"], &findings)
            checkProjections(source, &findings)
        case "csi": VolumeSourceRules.checkInlineDriver(source, &findings)
        case "ephemeral":
            checkEphemeral(source, &findings)
            checkClaimName(volume["name"], pod: pod ?? "", &findings)
        case "image":
            if pod != nil { findings.require(source["reference"]) }
            findings.choice(source["pullPolicy"], ["Always", "IfNotPresent", "Never"])
        case _: VolumeSourceRules.check(kind, source, name: volume["name"], isObject: false, &findings)
        }
    }

    static func checkHostPath(_ source: FieldView, _ findings: inout Findings) {
        guard !source["path"].isEmpty else { return findings.add(source["path"].required()) }
        PathRules.checkBacksteps(source["path"].text, at: source["path"], &findings)
        findings.choice(
            source["type"],
            ["", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"],
            isOptional: true)
    }

    private static func checkEphemeral(_ source: FieldView, _ findings: inout Findings) {
        let template = source["volumeClaimTemplate"]
        guard template.exists else { return findings.add(template.required()) }
        findings.annotations(template["metadata"]["annotations"])
        findings.labels(template["metadata"]["labels"])
        ClaimRules.checkSpec(template["spec"], &findings)
    }

    /// The claim that is made for the volume is named for both.
    private static func checkClaimName(_ name: FieldView, pod: String, _ findings: inout Findings) {
        guard !pod.isEmpty, !name.isEmpty else { return }
        let claim = "\(pod)-\(name.text)"
        for message in Names.dns1123Subdomain(claim) {
            findings.add(name.invalid("PVC name \"\(claim)\": \(message)"))
        }
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

    /// - at: the volume; upstream does not say which of its files is meant.
    private static func checkDownwardFile(_ item: FieldView, at source: FieldView, _ findings: inout Findings) {
        let file = item.moved(to: source)
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

    private static let projections = [
        "secret", "configMap", "downwardAPI", "serviceAccountToken", "clusterTrustBundle", "podCertificate",
    ]

    private static func checkProjections(_ volume: FieldView, _ findings: inout Findings) {
        var paths: Set<String> = []
        for source in volume["sources"].items {
            var count = 0
            for kind in projections where source.has(kind) {
                count += 1
                checkProjection(kind, source[kind], volume, &paths, &findings)
            }
            if count > 1 { findings.add(source.forbidden("may not specify more than 1 volume type per source")) }
        }
    }

    private static func checkProjection(
        _ kind: String, _ source: FieldView, _ volume: FieldView, _ paths: inout Set<String>,
        _ findings: inout Findings
    ) {
        switch kind {
        case "serviceAccountToken": checkToken(source, volume, &findings)
        case "clusterTrustBundle": checkBundle(source, &findings)
        case "downwardAPI":
            for item in source["items"].items { checkDownwardFile(item, at: source, &findings) }
        case "secret", "configMap":
            findings.require(source["name"])
            checkKeys(source["items"], &findings)
        case _: break
        }
        let isNamed = ["secret", "configMap"].contains(kind)
        let files = kind == "clusterTrustBundle" ? [source["path"]] : source["items"].items.map { $0["path"] }
        for file in files where !file.isEmpty && !paths.insert(file.text).inserted {
            findings.add(volume.invalid(isNamed ? source["name"].text : file.text, "conflicting duplicate paths"))
        }
    }

    private static func checkToken(_ source: FieldView, _ volume: FieldView, _ findings: inout Findings) {
        let expiration = source["expirationSeconds"]
        if let seconds = expiration.number {
            if seconds < 600 { findings.add(expiration.invalid("may not specify a duration less than 10 minutes")) }
            if seconds > 1 << 32 {
                findings.add(expiration.invalid("may not specify a duration larger than 2^32 seconds"))
            }
        }
        let path = source["path"].moved(to: volume["path"])
        if path.isEmpty { findings.add(path.required()) } else { PathRules.checkFile(path, &findings) }
    }

    private static func checkBundle(_ source: FieldView, _ findings: inout Findings) {
        let (name, signer, selector) = (source["name"], source["signerName"], source["labelSelector"])
        switch (name.exists, signer.exists) {
        case (true, true): findings.add(source.invalid("only one of name and signerName may be used"))
        case (true, false):
            findings.require(name, "must be a valid object name")
            if selector.exists { findings.add(selector.invalid("labelSelector must be unset if name is specified")) }
        case (false, true):
            findings.require(signer, "must be a valid signer name")
            findings.labelSelector(selector)
        case (false, false): findings.add(source.required("either name or signerName must be specified"))
        }
        findings.require(source["path"])
        if !source["path"].isEmpty { PathRules.checkFile(source["path"], &findings) }
    }
}
