internal import APIMachinery
internal import CEL

/// What claims, classes and slices of devices have in common (`apis/resource/validation`).
enum DeviceRules {
    static let listMax = 32
    static let expressionBytesMax = 10 << 10
    static let parametersBytesMax = 10 << 10
    static let poolNameMax = 253
    static let identifierMax = 32
    static let bindingConditionsMax = 4

    /// A list that is not too long, each of its items by a rule; longer ones are not looked into.
    static func list(
        _ view: FieldView, max: Int?, _ findings: inout Findings, _ check: (FieldView, inout Findings) -> Void
    ) {
        let items = view.items
        if let max, items.count > max { return findings.add(view.tooMany(max)) }
        for item in items { check(item, &findings) }
    }

    /// The same of a list whose items have keys of their own.
    static func set(
        _ view: FieldView, max: Int?, key: (FieldView) -> String, _ findings: inout Findings,
        _ check: (FieldView, inout Findings) -> Void
    ) {
        let items = view.items
        if let max, items.count > max { return findings.add(view.tooMany(max)) }
        for item in items { check(item, &findings) }
        var keys: Set<String> = []
        for item in items where !keys.insert(key(item)).inserted { findings.add(item.duplicate(key(item))) }
    }

    // MARK: Names

    static func checkLabel(_ name: FieldView, _ findings: inout Findings) {
        for message in Names.dns1123Label(name.text) { findings.add(name.invalid(message)) }
    }

    static func checkPoolName(_ name: FieldView, _ findings: inout Findings) {
        guard !name.isEmpty else { return findings.add(name.required()) }
        if name.text.utf8.count > poolNameMax { findings.add(name.tooLong(poolNameMax)) }
        for part in name.text.split(separator: "/", omittingEmptySubsequences: false) {
            for message in Names.dns1123Subdomain(String(part)) { findings.add(name.invalid(String(part), message)) }
        }
    }

    /// An identifier of C, perhaps with a domain in front.
    static func checkQualifiedName(_ name: String, at view: FieldView, _ findings: inout Findings) {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        switch parts.count {
        case 1: checkIdentifier(name, at: view, &findings)
        case 2:
            if parts[0].isEmpty {
                findings.add(view.invalid("", "the domain must not be empty"))
            } else {
                DriverRules.checkDriverName(FieldView(.string(parts[0]), at: view.path), &findings)
            }
            if parts[1].isEmpty {
                findings.add(view.invalid("", "the name must not be empty"))
            } else {
                checkIdentifier(parts[1], at: view, &findings)
            }
        case _: findings.add(view.invalid(name, "must not contain more than one slash"))
        }
    }

    static func checkFullyQualifiedName(_ view: FieldView, _ findings: inout Findings) {
        checkQualifiedName(view.text, at: view, &findings)
        if !view.text.utf8.contains(UInt8(ascii: "/")) {
            findings.add(view.invalid("a fully qualified name must be a domain and a name separated by a slash"))
        }
    }

    private static func checkIdentifier(_ name: String, at view: FieldView, _ findings: inout Findings) {
        if name.utf8.count > identifierMax { findings.add(view.tooLong(identifierMax)) }
        for message in Names.cIdentifier(name) { findings.add(view.invalid(name, message)) }
    }

    // MARK: Expressions

    /// `device` with its driver, attributes and capacities, the latter two by domain and name.
    private static let environment: CELEnvironment = {
        var environment = CELEnvironment.kubernetes
        let values = CELSchema(.map, items: CELSchema(.map, items: CELSchema(.dyn)))
        let fields: [(String, CELSchema)] = [
            ("driver", CELSchema(.string)), ("attributes", values), ("capacity", values),
            ("allowMultipleAllocations", CELSchema(.bool)),
        ]
        environment.declare(
            "device",
            CELSchema(
                .object, objectName: "kubernetes.DRADevice",
                fields: Dictionary(
                    uniqueKeysWithValues: fields.map { ($0.0, CELSchema.Field(property: $0.0, schema: $0.1)) })))
        return environment
    }()

    static func checkSelectors(_ selectors: FieldView, _ findings: inout Findings) {
        list(selectors, max: listMax, &findings) { selector, findings in
            guard selector["cel"].exists else { return findings.add(selector["cel"].required()) }
            let expression = selector["cel"]["expression"]
            guard expression.text.utf8.count <= expressionBytesMax else {
                return findings.add(expression.tooLong(expressionBytesMax))
            }
            if let fault = fault(ofExpression: expression.text) {
                findings.add(expression.invalid(expression.text, fault))
            }
        }
    }

    private static func fault(ofExpression text: String) -> String? {
        do throws(CELCompileErrors) {
            let type = try environment.compile(text).outputType
            if type == .bool || type == .dyn { return nil }
            return "must evaluate to bool or the unknown type, not \(type.declaredName)"
        } catch {
            return "compilation failed: \(error.description)"
        }
    }

    // MARK: Configuration

    static func checkConfiguration(_ config: FieldView, _ findings: inout Findings) {
        let opaque = config["opaque"]
        guard opaque.exists else { return findings.add(opaque.required()) }
        DriverRules.checkDriverName(opaque["driver"], &findings)
        checkParameters(opaque["parameters"], &findings)
    }

    static func checkParameters(_ parameters: FieldView, _ findings: inout Findings) {
        guard let value = parameters.value, !value.isNull else { return findings.add(parameters.required()) }
        if value.json.count > parametersBytesMax {
            findings.add(parameters.tooLong(parametersBytesMax))
        } else if value.objectValue == nil {
            findings.add(parameters.invalid("<value omitted>", "must be a valid JSON object"))
        }
    }

    // MARK: Taints and conditions

    private static let effects = ["NoExecute", "NoSchedule", "None"]

    static func checkTaint(_ taint: FieldView, _ findings: inout Findings) {
        findings.add(taint["key"], Names.labelKey(taint["key"].text))
        findings.optionalName(taint["value"]) { Names.labelValue($0) }
        findings.choice(taint["effect"], effects)
    }

    static func checkToleration(_ toleration: FieldView, _ findings: inout Findings) {
        let (operation, value) = (toleration["operator"], toleration["value"])
        findings.optionalName(toleration["key"]) { Names.labelKey($0) }
        switch operation.text {
        case "Exists":
            if !value.isEmpty { findings.add(value.invalid("must be empty for operator `Exists`")) }
        case "Equal": findings.add(value, Names.labelValue(value.text))
        case "": findings.add(operation.required())
        case _: findings.add(operation.notSupported(["Equal", "Exists"]))
        }
        findings.choice(toleration["effect"], effects, isOptional: true)
    }

    static func checkBinding(_ view: FieldView, _ findings: inout Findings) {
        let (conditions, failures) = (view["bindingConditions"], view["bindingFailureConditions"])
        guard !conditions.isEmpty || !failures.isEmpty else { return }
        for names in [conditions, failures] {
            list(names, max: bindingConditionsMax, &findings) { name, findings in
                findings.add(name, Names.labelKey(name.text))
            }
        }
        var (seen, failed): (Set<String>, Set<String>) = ([], [])
        for name in conditions.items where !seen.insert(name.text).inserted { findings.add(name.duplicate()) }
        for name in failures.items {
            if !failed.insert(name.text).inserted { findings.add(name.duplicate()) }
            if seen.contains(name.text) {
                findings.add(name.invalid("bindingFailureConditions must not overlap with bindingConditions"))
            }
        }
        if conditions.isEmpty {
            findings.add(
                conditions.invalid(Value.null, "bindingConditions are required to use bindingFailureConditions"))
        }
        if failures.isEmpty {
            findings.add(
                failures.invalid(Value.null, "bindingFailureConditions are required to use bindingConditions"))
        }
    }
}
