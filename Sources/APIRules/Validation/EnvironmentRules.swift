internal import APIMachinery

/// Environment variables and where they come from; also the downward API's fields.
enum EnvironmentRules {
    private static let podFields = [
        "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName",
        "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs",
    ]
    private static let volumeFields = [
        "metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid",
    ]
    private static let containerFields = [
        "limits.cpu", "limits.ephemeral-storage", "limits.memory", "requests.cpu", "requests.ephemeral-storage",
        "requests.memory",
    ]
    private static let sizes: Set<String> = [
        "1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei",
    ]

    static func checkVariables(_ variables: FieldView, _ findings: inout Findings) {
        for variable in variables.items {
            findings.name(variable["name"]) { Names.relaxedEnvVarName($0) }
            if variable["valueFrom"].exists { checkSource(variable, &findings) }
        }
    }

    private static func checkSource(_ variable: FieldView, _ findings: inout Findings) {
        let source = variable["valueFrom"]
        var count = 0
        if source["fieldRef"].exists {
            count += 1
            checkField(source["fieldRef"], inVolume: false, &findings)
        }
        if source["resourceFieldRef"].exists {
            count += 1
            checkResourceField(source["resourceFieldRef"], inVolume: false, &findings)
        }
        for kind in ["configMapKeyRef", "secretKeyRef"] where source[kind].exists {
            count += 1
            findings.optionalName(source[kind]["name"]) { Names.dns1123Subdomain($0) }
            findings.name(source[kind]["key"]) { Names.configMapKey($0) }
        }
        if source["fileKeyRef"].exists {
            count += 1
            for field in ["key", "volumeName", "path"] { findings.require(source["fileKeyRef"][field]) }
        }
        if count == 0 {
            findings.add(
                source.invalid(
                    "",
                    "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or"
                        + " `fileKeyRef`"))
        } else if !variable["value"].isEmpty {
            findings.add(source.invalid("", "may not be specified when `value` is not empty"))
        } else if count > 1 {
            findings.add(source.invalid("", "may not have more than one field specified at a time"))
        }
    }

    static func checkSources(_ sources: FieldView, _ findings: inout Findings) {
        for source in sources.items {
            findings.optionalName(source["prefix"]) { Names.relaxedEnvVarName($0) }
            var count = 0
            for kind in ["configMapRef", "secretRef"] where source[kind].exists {
                count += 1
                findings.name(source[kind]["name"]) { Names.dns1123Subdomain($0) }
            }
            if count == 0 {
                findings.add(sources.invalid("", "must specify one of: `configMapRef` or `secretRef`"))
            } else if count > 1 {
                findings.add(sources.invalid("", "may not have more than one field specified at a time"))
            }
        }
    }

    // MARK: The downward API

    static func checkField(_ reference: FieldView, inVolume: Bool, _ findings: inout Findings) {
        guard !reference["apiVersion"].isEmpty else { return findings.add(reference["apiVersion"].required()) }
        let view = reference["fieldPath"]
        guard !view.isEmpty else { return findings.add(view.required()) }
        let path = view.text
        let supported = inVolume ? volumeFields : podFields
        if let bracket = path.firstIndex(of: "["), path.hasSuffix("']"), path[bracket...].hasPrefix("['") {
            let field = String(path[..<bracket])
            let key = String(path[path.index(bracket, offsetBy: 2)...].dropLast(2))
            switch field {
            case "metadata.annotations":
                for message in Names.labelKey(key.lowercased()) {
                    findings.add(reference.invalid(key.lowercased(), message))
                }
            case "metadata.labels":
                for message in Names.labelKey(key) { findings.add(reference.invalid(key, message)) }
            case _ where known.contains(field):
                findings.add(reference.invalid(field, "does not support subscript"))
            case _:
                findings.add(
                    view.invalid("error converting fieldPath: field label does not support subscript"))
            }
        } else if !known.contains(path) {
            findings.add(view.invalid("error converting fieldPath: field label not supported: \(path)"))
        } else if !supported.contains(path) {
            findings.add(view.notSupported(supported))
        }
    }

    /// The labels that upstream's conversion knows.
    private static let known = Set(
        podFields + volumeFields + ["spec.restartPolicy", "spec.schedulerName", "status.phase", "spec.hostNetwork"])

    static func checkResourceField(_ reference: FieldView, inVolume: Bool, _ findings: inout Findings) {
        let resource = reference["resource"]
        let isHugePages = resource.text.hasPrefix("limits.hugepages-") || resource.text.hasPrefix("requests.hugepages-")
        if inVolume, reference["containerName"].isEmpty {
            findings.add(reference["containerName"].required())
        } else if resource.isEmpty {
            findings.add(resource.required())
        } else if !containerFields.contains(resource.text), !isHugePages {
            findings.add(resource.notSupported(containerFields))
        }
        guard let divisor = reference["divisor"].quantity, !divisor.isZero else { return }
        let all = "1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei"
        let kind = resource.text.split(separator: ".", maxSplits: 1).last.map(String.init) ?? ""
        switch kind {
        case "cpu" where !["1m", "1"].contains(divisor.text):
            findings.add(
                reference["divisor"].invalid(
                    resource.text, "only divisor's values 1m and 1 are supported with the cpu resource"))
        case "memory" where !sizes.contains(divisor.text):
            findings.add(
                reference["divisor"].invalid(
                    resource.text, "only divisor's values \(all) are supported with the memory resource"))
        case "ephemeral-storage" where !sizes.contains(divisor.text):
            findings.add(
                reference["divisor"].invalid(
                    resource.text,
                    "only divisor's values \(all) are supported with the local ephemeral storage resource"))
        case _: break
        }
    }
}
