package import APIMachinery

/// What holds for a CustomResourceDefinition (`apiextensions/validation/validation.go`).
package enum DefinitionRules {
    package static func validate(_ definition: Value) -> [FieldError] {
        Findings.of { findings in
            let view = FieldView(definition)
            let (name, spec) = (view["metadata"]["name"], view["spec"])
            if name.text != "\(spec["names"]["plural"].text).\(spec["group"].text)" {
                findings.add(name.orEmpty.invalid("must be spec.names.plural+\".\"+spec.group"))
            }
            checkSpec(spec, old: nil, &findings)
            DefinitionStatusRules.check(view, old: nil, &findings)
        }
    }

    package static func validateUpdate(_ definition: Value, from old: Value) -> [FieldError] {
        Findings.of { findings in
            let view = FieldView(definition)
            let (spec, before) = (view["spec"], old["spec"])
            checkSpec(spec, old: old, &findings)
            if CustomConditions.isTrue("Established", in: old) {
                findings.immutable(spec["scope"], before?["scope"])
                findings.immutable(spec["names"]["kind"], before?[path: "names", "kind"])
            }
            findings.immutable(spec["group"], before?["group"])
            findings.immutable(spec["names"]["plural"], before?[path: "names", "plural"])
            DefinitionStatusRules.check(view, old: old, &findings)
        }
    }

    package static func validateStatusUpdate(_ definition: Value, from old: Value) -> [FieldError] {
        Findings.of { findings in
            checkNames(FieldView(definition)["status"]["acceptedNames"], &findings)
        }
    }

    // MARK: Spec

    private static func checkSpec(_ spec: FieldView, old: Value?, _ findings: inout Findings) {
        checkGroup(spec["group"], &findings)
        findings.choice(spec["scope"], ["Cluster", "Namespaced"])
        let versions = DefinitionVersionRules(spec, old: old)
        versions.requireSchemas(&findings)
        if spec["preserveUnknownFields"].flag, versions.haveDefaults {
            findings.add(
                spec["preserveUnknownFields"].invalid("must be false in order to use defaults in the schema"))
        }
        versions.check(&findings)
        checkVersionNames(spec["versions"], shown: versions.shown, &findings)
        let names = spec["names"]
        for name in ["plural", "singular", "kind", "listKind"] { findings.require(names[name]) }
        checkNames(names, &findings)
        versions.checkShared(&findings)
        let strategy = spec["conversion"]["strategy"]
        if spec["preserveUnknownFields"].flag, strategy.exists, strategy.text != "None" {
            findings.add(strategy.invalid("must be None if spec.preserveUnknownFields is true"))
        }
        ConversionRules.check(spec["conversion"], old: old, &findings)
    }

    private static func checkGroup(_ group: FieldView, _ findings: inout Findings) {
        guard !group.isEmpty else { return findings.add(group.required()) }
        let messages = Names.dns1123Subdomain(group.text)
        if !messages.isEmpty {
            findings.add(group.invalid(messages.joined(separator: ",")))
        } else if !group.text.contains(".") {
            findings.add(group.invalid("should be a domain with at least one dot"))
        }
    }

    private static func checkVersionNames(
        _ versions: FieldView, shown: ShownVersions, _ findings: inout Findings
    ) {
        let names = versions.items.map { $0["name"].text }
        if Set(names).count != names.count {
            findings.add(versions.invalid(shown, "must contain unique version names"))
        }
        if versions.items.count(where: { $0["storage"].flag }) != 1 {
            findings.add(versions.invalid(shown, "must have exactly one version marked as storage version"))
        }
        // Upstream keeps the first version's name a second time, where there was one version only of old.
        guard let first = names.first, !first.isEmpty else { return }
        let messages = Names.dns1035Label(first)
        if !messages.isEmpty {
            findings.add(.invalid("spec.version", first, messages.joined(separator: ",")))
        }
    }

    /// Names that are asked for, or that were given.
    static func checkNames(_ names: FieldView, _ findings: inout Findings) {
        for name in ["plural", "singular"] { checkLabel(names[name], &findings) }
        for name in ["kind", "listKind"] {
            let messages = Names.dns1035Label(names[name].text.lowercased())
            guard !names[name].isEmpty, !messages.isEmpty else { continue }
            let rule = messages.joined(separator: ",")
            findings.add(names[name].invalid("may have mixed case, but should otherwise match: \(rule)"))
        }
        for name in names["shortNames"].items { checkLabel(name, isOptional: false, &findings) }
        if !names["kind"].isEmpty, names["kind"].text == names["listKind"].text {
            findings.add(names["listKind"].invalid("kind and listKind may not be the same"))
        }
        for name in names["categories"].items { checkLabel(name, isOptional: false, &findings) }
    }

    private static func checkLabel(_ name: FieldView, isOptional: Bool = true, _ findings: inout Findings) {
        if isOptional, name.isEmpty { return }
        let messages = Names.dns1035Label(name.text)
        if !messages.isEmpty { findings.add(name.invalid(messages.joined(separator: ","))) }
    }

    /// Formats in the schemas that nobody checks.
    package static func unknownFormats(_ definition: Value) -> [String] {
        var formats: [String] = []
        func visit(_ schema: Value) {
            if let format = schema["format"]?.stringValue, !format.isEmpty, !StringFormat.known.contains(format) {
                formats.append(format)
            }
            for property in schema["properties"]?.objectValue ?? Fields() { visit(property.value) }
            for name in ["items", "additionalProperties"] {
                if let part = schema[name] { visit(part) }
            }
        }
        for version in definition[path: "spec", "versions"]?.arrayValue ?? [] {
            visit(version[path: "schema", "openAPIV3Schema"] ?? [:])
        }
        return formats
    }
}
