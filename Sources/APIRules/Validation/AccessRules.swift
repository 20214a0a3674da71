package import APIMachinery

/// Roles and bindings (`rbac/validation`).
package enum AccessRules {
    private static let group = "rbac.authorization.k8s.io"

    package static func role(_ object: Value) -> [FieldError] {
        Findings.of { findings in
            for rule in FieldView(object)["rules"].items { checkRule(rule, isNamespaced: true, &findings) }
        }
    }

    package static func clusterRole(_ object: Value) -> [FieldError] {
        Findings.of { findings in
            let role = FieldView(object)
            for rule in role["rules"].items { checkRule(rule, isNamespaced: false, &findings) }
            let aggregation = role["aggregationRule"]
            guard aggregation.exists else { return }
            let selectors = aggregation["clusterRoleSelectors"]
            if selectors.isEmpty {
                findings.add(
                    selectors.required("at least one clusterRoleSelector required if aggregationRule is non-nil"))
            }
            for selector in selectors.items { findings.labelSelector(selector) }
        }
    }

    private static func checkRule(_ rule: FieldView, isNamespaced: Bool, _ findings: inout Findings) {
        if rule["verbs"].isEmpty { findings.add(rule["verbs"].required("verbs must contain at least one value")) }
        let paths = rule["nonResourceURLs"]
        if !paths.isEmpty {
            if isNamespaced {
                findings.add(paths.invalid("namespaced rules cannot apply to non-resource URLs"))
            }
            if !rule["apiGroups"].isEmpty || !rule["resources"].isEmpty || !rule["resourceNames"].isEmpty {
                findings.add(
                    paths.invalid("rules cannot apply to both regular resources and non-resource URLs"))
            }
            return
        }
        if rule["apiGroups"].isEmpty {
            findings.add(rule["apiGroups"].required("resource rules must supply at least one api group"))
        }
        if rule["resources"].isEmpty {
            findings.add(rule["resources"].required("resource rules must supply at least one resource"))
        }
    }

    package static func roleBinding(_ object: Value) -> [FieldError] {
        binding(object, roles: ["ClusterRole", "Role"], isNamespaced: true)
    }

    package static func clusterRoleBinding(_ object: Value) -> [FieldError] {
        binding(object, roles: ["ClusterRole"], isNamespaced: false)
    }

    private static func binding(_ object: Value, roles: [String], isNamespaced: Bool) -> [FieldError] {
        Findings.of { findings in
            let binding = FieldView(object)
            let role = binding["roleRef"]
            if role["apiGroup"].text != group { findings.add(role["apiGroup"].notSupported([group])) }
            if !roles.contains(role["kind"].text) { findings.add(role["kind"].notSupported(roles)) }
            findings.name(role["name"]) { Names.pathSegment($0) }
            for subject in binding["subjects"].items { checkSubject(subject, &findings) }
        }
    }

    private static func checkSubject(_ subject: FieldView, _ findings: inout Findings) {
        let (kind, name, owner) = (subject["kind"], subject["name"], subject["apiGroup"])
        findings.require(name)
        switch kind.text {
        case "ServiceAccount":
            if !name.isEmpty { findings.add(name, Names.dns1123Subdomain(name.text)) }
            if !owner.isEmpty { findings.add(owner.notSupported([""])) }
            findings.require(subject["namespace"])
        case "User", "Group":
            if owner.text != group { findings.add(owner.notSupported([group])) }
        case _:
            findings.add(kind.notSupported(["ServiceAccount", "User", "Group"]))
        }
    }

    package static func bindingUpdate(_ object: Value, from old: Value) -> [FieldError] {
        let role = FieldView(object)["roleRef"]
        return role.value == old["roleRef"] ? [] : [role.invalid("cannot change roleRef")]
    }
}
