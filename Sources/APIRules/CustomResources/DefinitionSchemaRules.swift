internal import APIMachinery

/// What the schema in a CustomResourceDefinition may say, beyond being structural.
struct DefinitionSchemaRules {
    /// Why there may be no defaults here; `nil` where there may.
    private var defaultsForbidden: String?
    private var isInMetadata = false
    private let allowances: SchemaAllowances

    private init(_ allowances: SchemaAllowances) { self.allowances = allowances }

    private static let types = ["array", "boolean", "integer", "number", "object", "string"]
    private static let metaFields: Set<String> = ["apiVersion", "kind", "metadata"]

    /// Everything that is wrong with a version's `openAPIV3Schema`.
    static func validate(
        _ schema: Value, hasStatus: Bool, _ allowances: SchemaAllowances, at path: String
    ) -> [FieldError] {
        var errors: [FieldError] = []
        if hasStatus, let error = rootError(schema, path) { errors.append(error) }
        if schema["nullable"]?.boolValue == true {
            errors.append(.forbidden("\(path).nullable", "nullable cannot be true at the root"))
        }
        let structural = StructuralRules.validate(schema, at: path)
        errors += structural
        if structural.isEmpty {
            let mustBePruned = !allowances.allowsUnprunedDefaults
            errors += DefaultRules.validate(CustomSchema(schema), mustBePruned: mustBePruned, isRoot: true, at: path)
        }
        errors += DefinitionSchemaRules(allowances).validate(schema, at: path, isRoot: true)
        // Rules of a schema that is wrong itself cannot be understood.
        guard errors.isEmpty else { return errors }
        return DefinitionExpressionRules.validate(
            CustomSchema(schema), allowsAnyCost: allowances.allowsCostlyRules, at: path)
    }

    private static let allowedAtRoot = [
        "description", "type", "format", "title", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum",
        "maxLength", "minLength", "pattern", "maxItems", "minItems", "uniqueItems", "multipleOf", "required", "items",
        "properties", "externalDocs", "example", "x-kubernetes-preserve-unknown-fields", "x-kubernetes-validations",
    ]

    /// With a status apart, the root may only say what is still true when the status is taken out.
    private static func rootError(_ schema: Value, _ path: String) -> FieldError? {
        let others = (schema.objectValue ?? Fields()).filter { field in
            switch field.value {
            case .null, .bool(false), .string(""): false
            case .array(let items): !items.isEmpty
            case .bool, .string, .integer, .double, .object: true
            }
        }.map(\.name).filter { !allowedAtRoot.contains($0) }
        let type = schema["type"]?.stringValue ?? ""
        // The order is that of upstream's structure: these three stand before the type.
        if !others.contains(where: { ["id", "$schema", "$ref"].contains($0) }), !type.isEmpty, type != "object" {
            let why = "as the type at the root of the schema if the status subresource is enabled"
            return .invalid("\(path).type", type, "only \"object\" is allowed \(why)")
        }
        guard !others.isEmpty else { return nil }
        let names = allowedAtRoot.map { name in
            switch name {
            case "x-kubernetes-preserve-unknown-fields": "XPreserveUnknownFields"
            case "x-kubernetes-validations": "XValidations"
            case _: name.prefix(1).uppercased() + name.dropFirst()
            }
        }.joined(separator: " ")
        let why = "fields are allowed at the root of the schema if the status subresource is enabled"
        return .invalid(path, schema, "only [\(names)] \(why)")
    }

    private func validate(_ schema: Value, at path: String, isRoot: Bool = false) -> [FieldError] {
        var errors = standard(schema, path)
        if schema["uniqueItems"]?.boolValue == true {
            errors.append(
                .forbidden(
                    "\(path).uniqueItems",
                    "uniqueItems cannot be set to true since the runtime complexity becomes quadratic"))
        }
        errors += validateAdditional(schema, path)
        for property in schema["properties"]?.objectValue ?? Fields() {
            var rules = self
            if isRoot || schema["x-kubernetes-embedded-resource"]?.boolValue == true,
                Self.metaFields.contains(property.name)
            {
                rules.isInMetadata = true
                if isRoot { rules.defaultsForbidden = "in top-level \(property.name)" }
            }
            errors += rules.validate(property.value, at: "\(path).properties[\(property.name)]")
        }
        if let not = schema["not"] { errors += validate(not, at: "\(path).not") }
        for name in ["allOf", "oneOf", "anyOf"] {
            for (index, part) in (schema[name]?.arrayValue ?? []).enumerated() {
                errors += validate(part, at: "\(path).\(name)[\(index)]")
            }
        }
        if let items = schema["items"], items.objectValue != nil { errors += validate(items, at: "\(path).items") }
        return errors + validateExtensions(schema, path) + validateRules(schema, path)
    }

    private func validateAdditional(_ schema: Value, _ path: String) -> [FieldError] {
        guard let additional = schema["additionalProperties"] else { return [] }
        var errors: [FieldError] = []
        let hasProperties = !(schema["properties"]?.objectValue ?? Fields()).isEmpty
        if hasProperties, additional != .bool(true) {
            errors.append(
                .forbidden(
                    "\(path).additionalProperties", "additionalProperties and properties are mutual exclusive"))
        }
        guard additional.objectValue != nil else { return errors }
        var rules = self
        if isInMetadata { rules.defaultsForbidden = "inside additionalProperties applying to object metadata" }
        return errors + rules.validate(additional, at: "\(path).additionalProperties")
    }

    private func standard(_ schema: Value, _ path: String) -> [FieldError] {
        var errors: [FieldError] = []
        let type = schema["type"]?.stringValue ?? ""
        if !type.isEmpty, !Self.types.contains(type) {
            errors.append(.notSupported("\(path).type", type, Self.types))
        }
        if let reason = defaultsForbidden, let value = schema["default"], !value.isNull {
            errors.append(.forbidden("\(path).default", "must not be set \(reason)"))
        }
        for name in ["id", "additionalItems", "patternProperties", "definitions", "dependencies", "$ref"] {
            guard let value = schema[name], !value.isNull, value != .emptyObject, value != "" else { continue }
            errors.append(.forbidden("\(path).\(name)", "\(name) is not supported"))
        }
        if type == "null" {
            errors.append(
                .forbidden("\(path).type", "type cannot be set to null, use nullable as an alternative"))
        }
        if schema["items"]?.arrayValue != nil {
            errors.append(.forbidden("\(path).items", "items must be a schema object and not an array"))
        }
        if isInMetadata, schema["x-kubernetes-embedded-resource"]?.boolValue == true {
            errors.append(
                .forbidden("\(path).x-kubernetes-embedded-resource", "must not be used inside of resource meta"))
        }
        return errors
    }

    // MARK: Extensions

    private func validateExtensions(_ schema: Value, _ path: String) -> [FieldError] {
        var errors: [FieldError] = []
        let type = schema["type"]?.stringValue ?? ""
        if schema["x-kubernetes-preserve-unknown-fields"] == .bool(false) {
            errors.append(
                .invalid("\(path).x-kubernetes-preserve-unknown-fields", false, "must be true or undefined"))
        }
        func mustBe(_ wanted: String, for extension: String) {
            let why = "must be \(wanted) if \(`extension`) is specified"
            errors.append(type.isEmpty ? .required("\(path).type", why) : .invalid("\(path).type", type, why))
        }
        if let mapType = schema["x-kubernetes-map-type"]?.stringValue {
            if type != "object" { mustBe("object", for: "x-kubernetes-map-type") }
            if mapType != "atomic", mapType != "granular" {
                errors.append(.notSupported("\(path).x-kubernetes-map-type", mapType, ["atomic", "granular"]))
            }
        }
        if let listType = schema["x-kubernetes-list-type"]?.stringValue {
            if type != "array" {
                mustBe("array", for: "x-kubernetes-list-type")
            } else if !allowances.allowsGranularSets {
                errors += ListTypeRules.checkSet(schema, at: path)
            }
            if CustomSchema.ListType(rawValue: listType) == nil {
                errors.append(.notSupported("\(path).x-kubernetes-list-type", listType, ["atomic", "set", "map"]))
            }
        }
        errors += ListTypeRules.checkMap(schema, at: path)
        return allowances.allowsLooseItems ? errors : errors + ListTypeRules.checkItems(schema, at: path)
    }

    /// The form of rules; what they say is looked at when everything else is right.
    private func validateRules(_ schema: Value, _ path: String) -> [FieldError] {
        CustomRule.all(of: schema).enumerated().flatMap { index, rule in
            Self.validate(rule, schema, "\(path).x-kubernetes-validations[\(index)]")
        }
    }

    private static func validate(_ rule: CustomRule, _ schema: Value, _ path: String) -> [FieldError] {
        var errors: [FieldError] = []
        func hasNewlines(_ text: String) -> Bool { text.utf8.contains { $0 == 0x0A || $0 == 0x0D } }
        let message = rule.message.trimmed
        if rule.rule.trimmed.isEmpty {
            errors.append(.required("\(path).rule", "rule is not specified"))
        } else if !rule.message.isEmpty, message.isEmpty {
            errors.append(.invalid("\(path).message", Value.string(rule.message), "must be non-empty if specified"))
        } else if hasNewlines(message) {
            errors.append(.invalid("\(path).message", Value.string(rule.message), "must not contain line breaks"))
        } else if hasNewlines(rule.rule.trimmed), message.isEmpty {
            errors.append(.required("\(path).message", "message must be specified if rule contains line breaks"))
        }
        if !rule.messageExpression.isEmpty, rule.messageExpression.trimmed.isEmpty {
            errors.append(.required("\(path).messageExpression", "messageExpression must be non-empty if specified"))
        }
        if let reason = rule.reason, !reasons.contains(reason) {
            errors.append(.notSupported("\(path).reason", reason, reasons))
        }
        if !rule.fieldPath.isEmpty, rule.fieldPath.trimmed.isEmpty {
            errors.append(.invalid("\(path).fieldPath", Value.string(rule.fieldPath), "must be non-empty if specified"))
        }
        if hasNewlines(rule.fieldPath) {
            errors.append(.invalid("\(path).fieldPath", Value.string(rule.fieldPath), "must not contain line breaks"))
        }
        if !rule.fieldPath.isEmpty, RuleFieldPath.normalized(rule.fieldPath, in: CustomSchema(schema)) == nil {
            errors.append(.invalid("\(path).fieldPath", Value.string(rule.fieldPath), "must be a valid path"))
        }
        return errors
    }

    private static let reasons = [
        "FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired",
    ]
}
