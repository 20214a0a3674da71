package import APIMachinery

/// What must hold for ingresses and their classes (`networking/validation`).
package enum IngressRules {
    private static let forbiddenInPath = ["//", "/./", "/../", "%2f", "%2F"]
    private static let forbiddenAtEnd = ["/..", "/."]
    private static let controllerMax = 250
    private static let annotation = "kubernetes.io/ingress.class"

    package static func creation(_ object: Value) -> [FieldError] {
        Findings.of { findings in
            let ingress = FieldView(object)
            check(ingress["spec"], from: FieldView(nil), &findings)
            let named = ingress["metadata"]["annotations"][annotation]
            let name = ingress["spec"]["ingressClassName"]
            if named.exists, name.exists, named.text != name.text {
                findings.add(
                    .invalid(
                        "annotations.\(annotation)", named.text,
                        "must match `ingressClassName` when both are specified"))
            }
        }
    }

    /// What was wrong before an update may stay so.
    package static func update(_ object: Value, from old: Value) -> [FieldError] {
        Findings.of { check(FieldView(object)["spec"], from: FieldView(old)["spec"], &$0) }
    }

    private static func check(_ spec: FieldView, from was: FieldView, _ findings: inout Findings) {
        let rules = spec["rules"]
        if rules.isEmpty, !spec["defaultBackend"].exists {
            findings.add(
                spec.invalid(rules.value ?? .null, "either `defaultBackend` or `rules` must be specified"))
        }
        if spec["defaultBackend"].exists { checkBackend(spec["defaultBackend"], &findings) }
        let mayBeWrong = was["rules"].items.contains { rule in
            rule["host"].text.contains("*") && !Findings.of { checkPaths(rule, &$0) }.isEmpty
        }
        for rule in rules.items {
            checkHost(rule["host"], &findings)
            if !mayBeWrong || !rule["host"].text.contains("*") { checkPaths(rule, &findings) }
        }
        checkSecrets(spec["tls"], from: was["tls"], &findings)
        let name = spec["ingressClassName"]
        if name.exists { findings.add(name, Names.dns1123Subdomain(name.text)) }
    }

    private static func checkSecrets(_ list: FieldView, from was: FieldView, _ findings: inout Findings) {
        let isWrong = { (name: FieldView) in !name.isEmpty && !Names.dns1123Subdomain(name.text).isEmpty }
        let mayBeWrong = was.items.contains { isWrong($0["secretName"]) }
        for item in list.items {
            for host in item["hosts"].items { findings.add(host, hostFaults(host.text)) }
            if !mayBeWrong { findings.optionalName(item["secretName"]) { Names.dns1123Subdomain($0) } }
        }
    }

    private static func hostFaults(_ host: String) -> [String] {
        host.contains("*") ? Names.wildcardDNS1123Subdomain(host) : Names.dns1123Subdomain(host)
    }

    private static func checkHost(_ host: FieldView, _ findings: inout Findings) {
        guard !host.isEmpty else { return }
        checkNoAddress(host, &findings)
        findings.add(host, hostFaults(host.text))
    }

    private static func checkNoAddress(_ host: FieldView, _ findings: inout Findings) {
        guard IPAddress(host.text, allowsLeadingZeros: true) != nil else { return }
        findings.add(host.invalid("must be a DNS name, not an IP address"))
    }

    // MARK: Paths

    private static func checkPaths(_ rule: FieldView, _ findings: inout Findings) {
        guard rule["http"].exists else { return }
        let paths = rule["http"]["paths"]
        findings.require(paths)
        for path in paths.items {
            guard path["pathType"].exists else {
                findings.add(path["pathType"].required("pathType must be specified"))
                continue
            }
            checkPath(path, &findings)
            checkBackend(path["backend"], &findings)
        }
    }

    private static func checkPath(_ item: FieldView, _ findings: inout Findings) {
        let (path, type) = (item["path"].orEmpty, item["pathType"])
        switch type.text {
        case "Exact", "Prefix":
            if !path.text.hasPrefix("/") { findings.add(path.invalid("must be an absolute path")) }
            for part in forbiddenInPath where path.text.contains(part) {
                findings.add(path.invalid("must not contain '\(part)'"))
            }
            for part in forbiddenAtEnd where path.text.hasSuffix(part) {
                findings.add(path.invalid("cannot end with '\(part)'"))
            }
        case "ImplementationSpecific":
            if !path.isEmpty, !path.text.hasPrefix("/") { findings.add(path.invalid("must be an absolute path")) }
        case _:
            findings.add(type.notSupported(["Exact", "ImplementationSpecific", "Prefix"]))
        }
    }

    private static func checkBackend(_ backend: FieldView, _ findings: inout Findings) {
        let (service, resource) = (backend["service"], backend["resource"])
        switch (service.exists, resource.exists) {
        case (true, true):
            findings.add(backend.invalid("", "cannot set both resource and service backends"))
        case (false, false):
            findings.add(backend.invalid("", "resource or service backend is required"))
        case (false, true):
            checkReference(resource, &findings)
        case (true, false):
            findings.name(service["name"]) { Names.dns1035Label($0) }
            let (name, number) = (service["port"]["name"], service["port"]["number"])
            switch (!name.isEmpty, (number.number ?? 0) != 0) {
            case (true, true): findings.add(backend.invalid("", "cannot set both port name & port number"))
            case (true, false): findings.add(name, Names.portName(name.text))
            case (false, true): findings.port(number)
            case (false, false): findings.add(backend.required("port name or number is required"))
            }
        }
    }

    /// An object of any kind, by its name.
    private static func checkReference(_ reference: FieldView, _ findings: inout Findings) {
        let group = reference["apiGroup"]
        if group.exists { findings.add(group, Names.dns1123Subdomain(group.text)) }
        for field in ["kind", "name"] {
            let view = reference[field]
            if view.isEmpty { findings.add(view.required("\(field) is required")) }
            findings.optionalName(view) { Names.pathSegment($0) }
        }
    }

    // MARK: Status

    package static func status(_ object: Value, from old: Value) -> [FieldError] {
        let list = { (ingress: FieldView) in ingress["status"]["loadBalancer"]["ingress"].items }
        let known = Set(list(FieldView(old)).map { $0["ip"].text })
        return Findings.of { findings in
            for point in list(FieldView(object)) {
                findings.optionalName(point["ip"]) { Names.legacyIPAddress($0, isStrict: !known.contains($0)) }
                findings.optionalName(point["hostname"]) { Names.dns1123Subdomain($0) }
                if !point["hostname"].isEmpty { checkNoAddress(point["hostname"], &findings) }
            }
        }
    }

    // MARK: Classes

    package static func ingressClass(_ object: Value) -> [FieldError] {
        Findings.of { findings in
            let spec = FieldView(object)["spec"]
            let controller = spec["controller"]
            if controller.text.utf8.count > controllerMax { findings.add(controller.tooLong(controllerMax)) }
            findings.domainPrefixedPath(controller)
            let parameters = spec["parameters"]
            guard parameters.exists else { return }
            checkReference(parameters, &findings)
            checkScope(parameters, &findings)
        }
    }

    private static func checkScope(_ parameters: FieldView, _ findings: inout Findings) {
        let namespace = parameters["namespace"]
        switch parameters["scope"].text {
        case "Cluster":
            if namespace.exists { findings.add(namespace.forbidden("`parameters.scope` is set to 'Cluster'")) }
        case "Namespace" where namespace.exists: findings.add(namespace, Names.dns1123Label(namespace.text))
        case "Namespace": findings.add(namespace.required("`parameters.scope` is set to 'Namespace'"))
        case _: findings.choice(parameters["scope"], ["Cluster", "Namespace"])
        }
    }

    package static func ingressClassUpdate(_ object: Value, from old: Value) -> [FieldError] {
        Findings.of { $0.immutable(FieldView(object)["spec"]["controller"], old[path: "spec", "controller"]) }
    }
}
