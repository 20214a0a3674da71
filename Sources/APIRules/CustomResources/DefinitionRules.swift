package import APIMachinery

/// What holds for a CustomResourceDefinition (`apiextensions/validation/validation.go`).
package enum DefinitionRules {
    package static let selectableFieldsMax = 8
    private static let columnTypes = ["boolean", "date", "integer", "number", "string"]
    private static let columnFormats = [
        "binary", "byte", "date", "date-time", "double", "float", "int32", "int64", "password",
    ]

    package static func validate(_ definition: Value) -> [FieldError] {
        var errors: [FieldError] = []
        let name = definition[path: "metadata", "name"]?.stringValue ?? ""
        let plural = definition[path: "spec", "names", "plural"]?.stringValue ?? ""
        let group = definition[path: "spec", "group"]?.stringValue ?? ""
        if name != "\(plural).\(group)" {
            errors.append(.invalid("metadata.name", name, "must be spec.names.plural+\".\"+spec.group"))
        }
        return errors + validateSpec(definition["spec"] ?? [:]) + validateStored(definition)
            + validateApproval(definition, group)
    }

    package static func validateUpdate(_ definition: Value, from old: Value) -> [FieldError] {
        var errors = validateSpec(definition["spec"] ?? [:])
        func mustStay(_ path: String...) {
            var (new, before) = (definition["spec"], old["spec"])
            for name in path { (new, before) = (new?[name], before?[name]) }
            guard new != before else { return }
            errors.append(.invalid("spec." + path.joined(separator: "."), new ?? .null, "field is immutable"))
        }
        if CustomConditions.isTrue("Established", in: old) {
            mustStay("scope")
            mustStay("names", "kind")
        }
        mustStay("group")
        mustStay("names", "plural")
        return errors + validateStored(definition)
    }

    // MARK: Spec

    private static func validateSpec(_ spec: Value) -> [FieldError] {
        var errors = validateGroup(spec["group"]?.stringValue ?? "")
        let scope = spec["scope"]?.stringValue ?? ""
        if scope.isEmpty {
            errors.append(.required("spec.scope"))
        } else if scope != "Cluster", scope != "Namespaced" {
            errors.append(.notSupported("spec.scope", scope, ["Cluster", "Namespaced"]))
        }
        if spec["preserveUnknownFields"]?.boolValue == true {
            errors.append(
                .invalid(
                    "spec.preserveUnknownFields", true,
                    "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead"))
        }
        let versions = spec["versions"]?.arrayValue ?? []
        for (index, version) in versions.enumerated() {
            errors += validateVersion(version, "spec.versions[\(index)]")
        }
        let names = versions.map { $0["name"]?.stringValue ?? "" }
        if Set(names).count != names.count {
            errors.append(.invalid("spec.versions", Value.array(versions), "must contain unique version names"))
        }
        if versions.count(where: { $0["storage"]?.boolValue == true }) != 1 {
            errors.append(
                .invalid("spec.versions", Value.array(versions), "must have exactly one version marked as storage version"))
        }
        for name in ["plural", "singular", "kind", "listKind"]
        where (spec[path: "names", name]?.stringValue ?? "").isEmpty {
            errors.append(.required("spec.names.\(name)"))
        }
        return errors + validateNames(spec["names"] ?? [:], "spec.names") + ConversionRules.check(spec["conversion"])
    }

    private static func validateGroup(_ group: String) -> [FieldError] {
        if group.isEmpty { return [.required("spec.group")] }
        let problems = Names.dns1123Subdomain(group)
        if !problems.isEmpty { return [.invalid("spec.group", group, problems.joined(separator: ","))] }
        if !group.contains(".") {
            return [.invalid("spec.group", group, "should be a domain with at least one dot")]
        }
        return []
    }

    private static func validateNames(_ names: Value, _ path: String) -> [FieldError] {
        var errors: [FieldError] = []
        func label(_ place: String, _ value: String, mayHaveCase: Bool = false) {
            let problems = Names.dns1035Label(mayHaveCase ? value.lowercased() : value)
            guard !value.isEmpty, !problems.isEmpty else { return }
            let text = problems.joined(separator: ",")
            errors.append(
                .invalid(
                    "\(path).\(place)", value,
                    mayHaveCase ? "may have mixed case, but should otherwise match: \(text)" : text))
        }
        label("plural", names["plural"]?.stringValue ?? "")
        label("singular", names["singular"]?.stringValue ?? "")
        let kind = names["kind"]?.stringValue ?? ""
        label("kind", kind, mayHaveCase: true)
        label("listKind", names["listKind"]?.stringValue ?? "", mayHaveCase: true)
        for list in ["shortNames", "categories"] {
            for (index, name) in (names[list]?.arrayValue ?? []).enumerated() {
                label("\(list)[\(index)]", name.stringValue ?? "")
            }
        }
        if !kind.isEmpty, kind == names["listKind"]?.stringValue {
            errors.append(.invalid("\(path).listKind", kind, "kind and listKind may not be the same"))
        }
        return errors
    }

    // MARK: Versions

    private static func validateVersion(_ version: Value, _ path: String) -> [FieldError] {
        let name = version["name"]?.stringValue ?? ""
        var errors: [FieldError] = []
        let problems = Names.dns1035Label(name)
        if !problems.isEmpty { errors.append(.invalid("\(path).name", name, problems.joined(separator: ","))) }
        if let warning = version["deprecationWarning"]?.stringValue {
            if version["deprecated"]?.boolValue != true {
                errors.append(.invalid("\(path).deprecationWarning", warning, "can only be set for deprecated versions"))
            }
            if warning.isEmpty {
                errors.append(.invalid("\(path).deprecationWarning", warning, "must not be an empty string"))
            }
            if warning.utf8.count > 256 {
                errors.append(.invalid("\(path).deprecationWarning", warning, "must be <= 256 characters long"))
            }
        }
        let status = version[path: "subresources", "status"]
        if let schema = version[path: "schema", "openAPIV3Schema"], !schema.isNull {
            errors += DefinitionSchemaRules.validate(
                schema, hasStatus: status != nil, at: "\(path).schema.openAPIV3Schema")
        } else {
            errors.append(.required("\(path).schema.openAPIV3Schema"))
        }
        errors += validateScale(version[path: "subresources", "scale"], "\(path).subresources.scale")
        for (index, column) in (version["additionalPrinterColumns"]?.arrayValue ?? []).enumerated() {
            errors += validateColumn(column, "\(path).additionalPrinterColumns[\(index)]")
        }
        return errors + validateSelectable(version, "\(path).selectableFields")
    }

    private static func validateScale(_ scale: Value?, _ path: String) -> [FieldError] {
        guard let scale, !scale.isNull else { return [] }
        var errors: [FieldError] = []
        for (name, root) in [("specReplicasPath", "spec"), ("statusReplicasPath", "status")] {
            let value = scale[name]?.stringValue ?? ""
            if value.isEmpty {
                errors.append(.required("\(path).\(name)"))
            } else if !value.hasPrefix(".") {
                errors.append(.invalid("\(path).\(name)", value, "must be a simple json path starting with ."))
            } else if !value.hasPrefix(".\(root).") {
                errors.append(.invalid("\(path).\(name)", value, "should be a json path under .\(root)"))
            }
        }
        if let value = scale["labelSelectorPath"]?.stringValue, !value.isEmpty {
            if !value.hasPrefix(".") {
                errors.append(.invalid("\(path).labelSelectorPath", value, "must be a simple json path starting with ."))
            } else if !value.hasPrefix(".spec."), !value.hasPrefix(".status.") {
                errors.append(
                    .invalid("\(path).labelSelectorPath", value, "should be a json path under either .spec or .status"))
            }
        }
        return errors
    }

    private static func validateColumn(_ column: Value, _ path: String) -> [FieldError] {
        var errors: [FieldError] = []
        if (column["name"]?.stringValue ?? "").isEmpty { errors.append(.required("\(path).name")) }
        let type = column["type"]?.stringValue ?? ""
        let types = "must be one of " + columnTypes.joined(separator: ",")
        if type.isEmpty {
            errors.append(.required("\(path).type", types))
        } else if !columnTypes.contains(type) {
            errors.append(.invalid("\(path).type", type, types))
        }
        if let format = column["format"]?.stringValue, !format.isEmpty, !columnFormats.contains(format) {
            errors.append(
                .invalid("\(path).format", format, "must be one of " + columnFormats.joined(separator: ",")))
        }
        let jsonPath = column["jsonPath"]?.stringValue ?? ""
        if jsonPath.isEmpty {
            errors.append(.required("\(path).JSONPath"))
        } else if !jsonPath.hasPrefix(".") {
            errors.append(.invalid("\(path).JSONPath", jsonPath, "must be a simple json path starting with ."))
        }
        return errors
    }

    private static func validateSelectable(_ version: Value, _ path: String) -> [FieldError] {
        let fields = version["selectableFields"]?.arrayValue ?? []
        guard !fields.isEmpty else { return [] }
        let schema = CustomSchema(version[path: "schema", "openAPIV3Schema"] ?? [:])
        var errors: [FieldError] = []
        var seen: Set<String> = []
        for (index, field) in fields.enumerated() {
            let jsonPath = field["jsonPath"]?.stringValue ?? ""
            let place = "\(path)[\(index)].jsonPath"
            if jsonPath.isEmpty {
                errors.append(.required(place))
                continue
            }
            let names = jsonPath.split(separator: ".").map(String.init)
            let target = names.reduce(schema as CustomSchema?) { $0?.property($1) }
            if names.first == "metadata" {
                errors.append(.invalid(place, jsonPath, "must not point to fields in metadata"))
            } else if target == nil {
                errors.append(.invalid(place, jsonPath, "is an invalid path: does not refer to a valid field"))
            } else if !["string", "boolean", "integer"].contains(target?.type ?? "") {
                errors.append(
                    .invalid(
                        place, jsonPath,
                        "must point to a field of type string, boolean or integer. Enum string fields and strings with "
                            + "formats are allowed."))
            }
            if !seen.insert(jsonPath).inserted { errors.append(.duplicate(place, jsonPath)) }
        }
        if seen.count > selectableFieldsMax {
            errors.append(.tooMany(path, count: seen.count, maximum: selectableFieldsMax))
        }
        return errors
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

    // MARK: Status and approval

    private static func validateStored(_ definition: Value) -> [FieldError] {
        let path = "status.storedVersions"
        let stored = (definition[path: "status", "storedVersions"]?.arrayValue ?? []).compactMap(\.stringValue)
        let shown = Value.array(stored.map(Value.string))
        if stored.isEmpty { return [.invalid(path, shown, "must have at least one stored version")] }
        var errors: [FieldError] = []
        let versions = definition[path: "spec", "versions"]?.arrayValue ?? []
        let names = versions.compactMap { $0["name"]?.stringValue }
        for version in versions where version["storage"]?.boolValue == true {
            let name = version["name"]?.stringValue ?? ""
            if !stored.contains(name) { errors.append(.invalid(path, shown, "must have the storage version \(name)")) }
        }
        for (index, name) in stored.enumerated() where !names.contains(name) {
            errors.append(
                .invalid(
                    "\(path)[\(index)]", name,
                    "missing from spec.versions; \(name) was previously a storage version, and must remain in "
                        + "spec.versions until a storage migration ensures no data remains persisted in \(name) and "
                        + "removes \(name) from status.storedVersions"))
        }
        return errors
    }

    /// Groups of the community itself need its approval.
    private static func validateApproval(_ definition: Value, _ group: String) -> [FieldError] {
        let isProtected = ["k8s.io", "kubernetes.io"].contains { group == $0 || group.hasSuffix(".\($0)") }
        let annotation = definition[path: "metadata", "annotations"]?["api-approved.kubernetes.io"]?.stringValue ?? ""
        guard isProtected else { return [] }
        let path = "metadata.annotations[api-approved.kubernetes.io]"
        if annotation.isEmpty {
            return [
                .required(
                    path,
                    "protected groups must have approval annotation \"api-approved.kubernetes.io\", see "
                        + "https://github.com/kubernetes/enhancements/pull/1111")
            ]
        }
        guard !annotation.hasPrefix("unapproved"), !annotation.contains("://") else { return [] }
        return [
            .invalid(
                path, annotation,
                "protected groups must have approval annotation \"api-approved.kubernetes.io\" with either a URL or a "
                    + "reason starting with \"unapproved\", see https://github.com/kubernetes/enhancements/pull/1111")
        ]
    }
}
