package import APIMachinery

/// APIServices (`apiregistration/validation`).
package enum RegistrationRules {
    package static func check(_ object: Value) -> [FieldError] {
        Findings.of { findings in
            let view = FieldView(object)
            let spec = view["spec"]
            let required = spec["version"].text + "." + spec["group"].text
            let name = view["metadata"]["name"]
            if !name.isEmpty, name.text != required {
                findings.add(name.invalid("must be `spec.version+\".\"+spec.group`: \"\(required)\""))
            }
            checkGroup(spec, &findings)
            checkService(spec, &findings)
        }
    }

    package static func status(_ object: Value, from old: Value) -> [FieldError] {
        Findings.of { findings in
            for condition in FieldView(object)["status"]["conditions"].items {
                let states = ["True", "False", "Unknown"]
                if !states.contains(condition["status"].text) {
                    findings.add(condition["status"].invalidChoice(states))
                }
            }
        }
    }

    private static func checkGroup(_ spec: FieldView, _ findings: inout Findings) {
        if !spec["group"].isEmpty {
            findings.add(spec["group"], Names.dns1123Subdomain(spec["group"].text))
        } else if spec["version"].text != "v1" {
            findings.add(
                spec["group"].required("only v1 may have an empty group and it better be legacy kube"))
        }
        findings.add(spec["version"], Names.dns1035Label(spec["version"].text))
        for (name, limit) in [("groupPriorityMinimum", Int64(20_000)), ("versionPriority", 1000)] {
            let priority = spec[name].number ?? 0
            guard priority <= 0 || priority > limit else { continue }
            findings.add(spec[name].invalid(priority, "must be positive and less than \(limit)"))
        }
    }

    private static func checkService(_ spec: FieldView, _ findings: inout Findings) {
        let (bundle, insecure) = (spec["caBundle"], spec["insecureSkipTLSVerify"])
        guard spec["service"].exists else {
            if !bundle.isEmpty {
                let length = Base64.decode(Array(bundle.text.utf8))?.count ?? 0
                findings.add(bundle.invalid("\(length) bytes", "local APIServices may not have a caBundle"))
            }
            if insecure.flag { findings.add(insecure.invalid("local APIServices may not have insecureSkipTLSVerify")) }
            return
        }
        let service = spec["service"]
        findings.require(service["namespace"])
        findings.require(service["name"])
        let messages = Names.portNumber(Int(service["port"].number ?? 0))
        if !messages.isEmpty {
            findings.add(service["port"].invalid("port is not valid: " + messages.joined(separator: ", ")))
        }
        if insecure.flag, !bundle.isEmpty {
            findings.add(insecure.invalid("may not be true if caBundle is present"))
        }
    }
}
