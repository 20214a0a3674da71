package import APIMachinery

/// Flow schemas and priority levels (`apis/flowcontrol/validation`).
package enum FlowRules {
    private static let verbs = [
        "create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch",
    ]
    private static let precedenceMax = 10_000
    private static let queuesMax = 10_000_000
    private static let entropyMax = 60

    // MARK: Schemas

    package static func schema(_ object: Value) -> [FieldError] {
        Findings.of { findings in
            let name = object[path: "metadata", "name"]?.stringValue ?? ""
            let spec = FieldView(object)["spec"]
            checkPrecedence(spec["matchingPrecedence"], name, &findings)
            let method = spec["distinguisherMethod"]
            if method.exists, !["ByNamespace", "ByUser"].contains(method["type"].text) {
                findings.add(
                    .notSupported(
                        method["type"].path.description, method.value ?? .null, ["ByNamespace", "ByUser"]))
            }
            let level = spec["priorityLevelConfiguration"]["name"]
            if level.isEmpty {
                findings.add(level.required("must reference a priority level"))
            } else {
                findings.add(level, Names.dns1123Subdomain(level.text))
            }
            for rule in spec["rules"].items { checkRule(rule, &findings) }
            if let fixed = fixedSchemas[name], spec.value != fixed {
                findings.add(spec.invalid("spec of '\(name)' must equal the fixed value"))
            }
            checkConditions(FieldView(object)["status"]["conditions"], &findings)
        }
    }

    private static func checkPrecedence(_ view: FieldView, _ name: String, _ findings: inout Findings) {
        let precedence = view.number ?? 0
        if precedence <= 0 { findings.add(view.invalid(precedence, "must be a positive value")) }
        if precedence > precedenceMax {
            findings.add(view.invalid(precedence, "must not be greater than \(precedenceMax)"))
        }
        if precedence == 1, name != "exempt" {
            findings.add(view.invalid(precedence, "only the schema named 'exempt' may have matchingPrecedence 1"))
        }
    }

    private static func checkRule(_ rule: FieldView, _ findings: inout Findings) {
        let subjects = rule["subjects"]
        for subject in subjects.items { checkSubject(subject, &findings) }
        if subjects.isEmpty { findings.add(subjects.required("subjects must contain at least one value")) }
        if rule["resourceRules"].isEmpty, rule["nonResourceRules"].isEmpty {
            findings.add(rule.required("at least one of resourceRules and nonResourceRules has to be non-empty"))
        }
        for resources in rule["resourceRules"].items { checkResources(resources, &findings) }
        for paths in rule["nonResourceRules"].items { checkPaths(paths, &findings) }
    }

    private static let subjectFields = [("ServiceAccount", "serviceAccount"), ("User", "user"), ("Group", "group")]

    private static func checkSubject(_ subject: FieldView, _ findings: inout Findings) {
        let kind = subject["kind"].text
        guard let own = subjectFields.first(where: { $0.0 == kind }) else {
            return findings.add(subject["kind"].invalidChoice(["Group", "ServiceAccount", "User"]))
        }
        let view = subject[own.1]
        if view.exists {
            if view["name"].isEmpty {
                findings.add(view["name"].required())
            } else if kind == "ServiceAccount", view["name"].text != "*" {
                findings.add(view["name"], Names.dns1123Subdomain(view["name"].text))
            }
            if kind == "ServiceAccount" { checkAccountNamespace(view["namespace"], &findings) }
        } else {
            findings.add(view.required("\(own.1) is required when subject kind is '\(kind)'"))
        }
        for (other, field) in subjectFields where other != kind && subject[field].exists {
            findings.add(subject[field].forbidden("\(field) is forbidden when subject kind is not '\(other)'"))
        }
    }

    private static func checkAccountNamespace(_ namespace: FieldView, _ findings: inout Findings) {
        if namespace.isEmpty {
            findings.add(namespace.required("must specify namespace for service account"))
        } else {
            findings.add(namespace, Names.dns1123Label(namespace.text))
        }
    }

    private static func checkVerbs(_ list: FieldView, _ findings: inout Findings) {
        if list.isEmpty {
            findings.add(list.required("verbs must contain at least one value"))
        } else if list.texts.contains("*") {
            if list.items.count > 1 {
                findings.add(list.invalid("if '*' is present, must not specify other verbs"))
            }
        } else if list.texts.contains(where: { !verbs.contains($0) }) {
            findings.add(list.notSupported(verbs))
        }
    }

    /// A list of names, or `*` alone.
    private static func checkNames(
        _ list: FieldView, _ required: String, others: String, _ findings: inout Findings
    ) {
        if list.isEmpty {
            findings.add(list.required(required))
        } else if list.items.count > 1, list.texts.contains("*") {
            findings.add(list.invalid("if '*' is present, must not specify other \(others)"))
        }
    }

    private static func checkResources(_ rule: FieldView, _ findings: inout Findings) {
        checkVerbs(rule["verbs"], &findings)
        checkNames(
            rule["apiGroups"], "resource rules must supply at least one api group", others: "api groups", &findings)
        checkNames(
            rule["resources"], "resource rules must supply at least one resource", others: "resources", &findings)
        let namespaces = rule["namespaces"]
        if !namespaces.isEmpty || !rule["clusterScope"].flag {
            checkNames(
                namespaces, "resource rules that are not cluster scoped must supply at least one namespace",
                others: "namespaces", &findings)
        }
        guard !namespaces.texts.contains("*") else { return }
        for name in namespaces.items {
            for message in Names.dns1123Label(name.text) {
                findings.add(name.invalid("each member of this list must be '*' or a DNS-1123 label; " + message))
            }
        }
    }

    private static func checkPaths(_ rule: FieldView, _ findings: inout Findings) {
        checkVerbs(rule["verbs"], &findings)
        let list = rule["nonResourceURLs"]
        checkNames(
            list, "nonResourceURLs must contain at least one value", others: "non-resource URLs", &findings)
        guard !list.texts.contains("*") else { return }
        for path in list.items {
            if let fault = fault(ofPath: path.text) { findings.add(path.invalid(fault)) }
        }
    }

    private static func fault(ofPath path: String) -> String? {
        if path.isEmpty { return "must not be empty" }
        if path == "/" { return nil }
        if !path.hasPrefix("/") { return "must start with slash" }
        if path.utf8.contains(UInt8(ascii: " ")) { return "must not contain white-space" }
        let bytes = Array(path.utf8)
        if zip(bytes, bytes.dropFirst()).contains(where: { $0 == UInt8(ascii: "/") && $1 == $0 }) {
            return "must not contain double slash"
        }
        let stars = bytes.count { $0 == UInt8(ascii: "*") }
        return stars == 0 || stars == 1 && path.hasSuffix("/*") ? nil : "wildcard can only do suffix matching"
    }

    private static func checkConditions(_ conditions: FieldView, _ findings: inout Findings) {
        var types: Set<String> = []
        for condition in conditions.items {
            let type = condition["type"]
            if !types.insert(type.text).inserted { findings.add(type.duplicate()) }
            findings.require(type, "must not be empty")
        }
    }

    package static func status(_ object: Value, from old: Value) -> [FieldError] {
        Findings.of { checkConditions(FieldView(object)["status"]["conditions"], &$0) }
    }

    // MARK: Levels

    package static func level(_ object: Value) -> [FieldError] {
        Findings.of { findings in
            let name = object[path: "metadata", "name"]?.stringValue ?? ""
            let spec = FieldView(object)["spec"]
            checkLevel(spec, name, &findings)
            if name == "exempt" {
                var rest = spec.value ?? .emptyObject
                rest["exempt"] = nil
                if rest != ["type": "Exempt"] {
                    findings.add(
                        spec.invalid("spec of 'exempt' except the 'spec.exempt' field must equal the fixed value"))
                }
            } else if name == "catch-all", spec.value != fixedLevel {
                findings.add(spec.invalid("spec of 'catch-all' must equal the fixed value"))
            }
            checkConditions(FieldView(object)["status"]["conditions"], &findings)
        }
    }

    private static func checkLevel(_ spec: FieldView, _ name: String, _ findings: inout Findings) {
        let type = spec["type"]
        let (exempt, limited) = (spec["exempt"], spec["limited"])
        if (name == "exempt") != (type.text == "Exempt") {
            findings.add(type.invalid("type must be 'Exempt' if and only if name is 'exempt'"))
        }
        switch type.text {
        case "Exempt":
            if limited.exists { findings.add(limited.forbidden("must be nil if the type is not Limited")) }
            checkShares(exempt, &findings)
            checkPercent(exempt["lendablePercent"], &findings)
        case "Limited":
            if exempt.exists { findings.add(exempt.forbidden("must be nil if the type is Limited")) }
            guard limited.exists else {
                return findings.add(limited.required("must not be empty when type is Limited"))
            }
            checkShares(limited, &findings)
            checkResponse(limited["limitResponse"], &findings)
            checkPercent(limited["lendablePercent"], &findings)
            if let percent = limited["borrowingLimitPercent"].number, percent < 0 {
                findings.add(limited["borrowingLimitPercent"].invalid("if specified, must be a non-negative integer"))
            }
        case _:
            findings.add(type.invalidChoice(["Exempt", "Limited"]))
        }
    }

    private static func checkShares(_ view: FieldView, _ findings: inout Findings) {
        let shares = view["nominalConcurrencyShares"]
        if let number = shares.number, number < 0 { findings.add(shares.invalid("must be a non-negative integer")) }
    }

    private static func checkPercent(_ view: FieldView, _ findings: inout Findings) { findings.range(view, 0, 100) }

    private static func checkResponse(_ response: FieldView, _ findings: inout Findings) {
        let queuing = response["queuing"]
        switch response["type"].text {
        case "Reject":
            if queuing.exists {
                findings.add(queuing.forbidden("must be nil if limited.limitResponse.type is not Limited"))
            }
        case "Queue":
            guard queuing.exists else {
                return findings.add(
                    queuing.required("must not be empty if limited.limitResponse.type is Limited"))
            }
            checkQueuing(queuing, &findings)
        case _:
            findings.add(response["type"].invalidChoice(["Queue", "Reject"]))
        }
    }

    private static func checkQueuing(_ queuing: FieldView, _ findings: inout Findings) {
        let (length, queues, hand) = (queuing["queueLengthLimit"], queuing["queues"], queuing["handSize"])
        let (deck, size) = (queues.number ?? 0, hand.number ?? 0)
        if (length.number ?? 0) <= 0 { findings.add(length.invalid(length.number ?? 0, "must be positive")) }
        if deck <= 0 {
            findings.add(queues.invalid(deck, "must be positive"))
        } else if deck > queuesMax {
            findings.add(queues.invalid(deck, "must not be greater than \(queuesMax)"))
        }
        if size <= 0 {
            findings.add(hand.invalid(size, "must be positive"))
        } else if size > deck {
            findings.add(hand.invalid(size, "should not be greater than queues (\(deck))"))
        } else if hasTooManyHands(deck: deck, hand: size) {
            findings.add(
                hand.invalid(
                    size, "required entropy bits of deckSize \(deck) and handSize \(size) should not be greater than"
                        + " \(entropyMax)"))
        }
    }

    /// Whether there are more hands than a hash has values.
    private static func hasTooManyHands(deck: Int64, hand: Int64) -> Bool {
        guard deck > 1 else { return false }
        var hands: UInt128 = 1
        for _ in 0..<min(hand, Int64(entropyMax) + 1) {
            hands *= UInt128(deck)
            if hands > 1 << entropyMax { return true }
        }
        return false
    }

    // MARK: What every cluster has

    private static let everybody: Value = [
        ["kind": "Group", "group": ["name": "system:unauthenticated"]],
        ["kind": "Group", "group": ["name": "system:authenticated"]],
    ]

    private static func fixed(_ level: String, _ precedence: Int64, _ subjects: Value) -> Value {
        [
            "priorityLevelConfiguration": ["name": .string(level)], "matchingPrecedence": .integer(precedence),
            "rules": [
                [
                    "subjects": subjects,
                    "resourceRules": [
                        [
                            "verbs": ["*"], "apiGroups": ["*"], "resources": ["*"], "namespaces": ["*"],
                            "clusterScope": true,
                        ]
                    ],
                    "nonResourceRules": [["verbs": ["*"], "nonResourceURLs": ["*"]]],
                ]
            ],
        ]
    }

    private static let fixedSchemas: [String: Value] = {
        var rest = fixed("catch-all", 10000, everybody)
        rest["distinguisherMethod"] = ["type": "ByUser"]
        return [
            "exempt": fixed("exempt", 1, [["kind": "Group", "group": ["name": "system:masters"]]]),
            "catch-all": rest,
        ]
    }()
    private static let fixedLevel: Value = [
        "type": "Limited",
        "limited": ["nominalConcurrencyShares": 5, "lendablePercent": 0, "limitResponse": ["type": "Reject"]],
    ]
}
