internal import APIMachinery

/// The versions of a definition.
///
/// Upstream's internal form says once, beside the versions, what all of them have in common; that is where errors
/// point: `spec.validation` for the schema of all, `spec.versions[0].schema` for one of several.
struct DefinitionVersionRules {
    static let selectableFieldsMax = 8
    static let warningMax = 256
    private static let parts = ["schema", "subresources", "additionalPrinterColumns", "selectableFields"]

    private let spec: FieldView
    private let versions: [FieldView]
    /// What all versions have in common.
    private let shared: Set<String>
    private let old: Value?

    init(_ spec: FieldView, old: Value?) {
        self.spec = spec
        self.old = old
        let versions = spec["versions"].items
        self.versions = versions
        let first = versions.first
        shared = Set(
            Self.parts.filter { part in
                versions.allSatisfy { Self.content($0[part]) == first.flatMap { Self.content($0[part]) } }
            })
    }

    /// An empty list says as little as none.
    private static func content(_ part: FieldView) -> Value? {
        if case .array(let items)? = part.value, items.isEmpty { return nil }
        return part.exists ? part.value : nil
    }

    private func own(_ part: String, of version: FieldView) -> FieldView {
        shared.contains(part) ? FieldView(nil, at: version[part].path) : version[part]
    }

    private func common(_ part: String) -> FieldView {
        let name = part == "schema" ? "validation" : part
        return FieldView(shared.contains(part) ? versions.first?[part].value : nil, at: .child(spec.path, name))
    }

    var haveDefaults: Bool {
        versions.contains { CustomSchema($0["schema"]["openAPIV3Schema"].value ?? [:]).hasDefaults }
    }

    func requireSchemas(_ findings: inout Findings) {
        for version in versions {
            let schema = version["schema"]["openAPIV3Schema"]
            if !schema.exists { findings.add(schema.required()) }
        }
    }

    /// All versions as an error shows them: under upstream's internal names, without what they have in common.
    var shown: ShownVersions {
        ShownVersions(
            versions: versions.map { version in
                let part = { (name: String) in own(name, of: version).value ?? .null }
                return [
                    ("Name", .string(version["name"].text)), ("Served", .bool(version["served"].flag)),
                    ("Storage", .bool(version["storage"].flag)), ("Deprecated", .bool(version["deprecated"].flag)),
                    ("DeprecationWarning", version["deprecationWarning"].value ?? .null), ("Schema", part("schema")),
                    ("Subresources", part("subresources")),
                    ("AdditionalPrinterColumns", part("additionalPrinterColumns")),
                    ("SelectableFields", part("selectableFields")),
                ]
            })
    }

    // MARK: Each version

    func check(_ findings: inout Findings) {
        for version in versions {
            let messages = Names.dns1035Label(version["name"].text)
            if !messages.isEmpty { findings.add(version["name"].orEmpty.invalid(messages.joined(separator: ","))) }
            Self.checkWarning(version, &findings)
            let hasStatus = version["subresources"].has("status")
            checkSchema(own("schema", of: version), of: version, hasStatus: hasStatus, &findings)
            Self.checkScale(own("subresources", of: version)["scale"], &findings)
            for column in own("additionalPrinterColumns", of: version).items { Self.checkColumn(column, &findings) }
            let fields = own("selectableFields", of: version)
            guard !fields.isEmpty else { continue }
            if shared.contains("schema") {
                let why = "may only be set when `version.schema.openAPIV3Schema` is not included"
                findings.add(fields.invalid("", why))
            } else {
                checkSelectable(fields, version["schema"], of: version["name"].text, &findings)
            }
        }
    }

    func checkShared(_ findings: inout Findings) {
        let hasStatus = versions.contains { $0["subresources"].has("status") }
        if let first = versions.first { checkSchema(common("schema"), of: first, hasStatus: hasStatus, &findings) }
        Self.checkScale(common("subresources")["scale"], &findings)
        for column in common("additionalPrinterColumns").items { Self.checkColumn(column, &findings) }
        let fields = common("selectableFields")
        guard !fields.isEmpty else { return }
        if common("schema").exists {
            checkSelectable(fields, common("schema"), of: versions.first?["name"].text ?? "", &findings)
        } else {
            findings.add(fields.invalid("", "may only be set when validations.schema is included"))
        }
    }

    private func checkSchema(
        _ holder: FieldView, of version: FieldView, hasStatus: Bool, _ findings: inout Findings
    ) {
        let schema = holder["openAPIV3Schema"]
        guard schema.exists, let value = schema.value else { return }
        findings.errors += DefinitionSchemaRules.validate(
            value, hasStatus: hasStatus, allowances(of: version), at: schema.path.description)
    }

    private func allowances(of version: FieldView) -> SchemaAllowances {
        guard let old else { return SchemaAllowances() }
        let before = self.before(version["name"].text)
        return SchemaAllowances(old, unchanged: before.map { $0["schema"] == version["schema"].value } ?? false)
    }

    /// The version as it was.
    private func before(_ name: String) -> Value? {
        (old?[path: "spec", "versions"]?.arrayValue ?? []).first { $0["name"]?.stringValue == name }
    }

    private static func checkWarning(_ version: FieldView, _ findings: inout Findings) {
        let warning = version["deprecationWarning"]
        guard warning.exists else { return }
        guard version["deprecated"].flag else {
            return findings.add(warning.invalid("can only be set for deprecated versions"))
        }
        if warning.text.utf8.count > warningMax { findings.add(warning.invalid("must be <= 256 characters long")) }
        if warning.text.isEmpty { findings.add(warning.invalid("must not be an empty string")) }
        let scalars = warning.text.unicodeScalars
        if let index = scalars.firstIndex(where: { !$0.isPrintable }) {
            let place = warning.text.utf8.distance(from: warning.text.startIndex, to: index)
            let rule = "must only contain printable UTF-8 characters"
            findings.add(warning.invalid("\(rule); non-printable character found at index \(place)"))
        }
    }

    private static func checkScale(_ scale: FieldView, _ findings: inout Findings) {
        guard scale.exists else { return }
        for (name, root) in [("specReplicasPath", "spec"), ("statusReplicasPath", "status")] {
            let path = scale[name]
            if path.isEmpty {
                findings.add(path.required())
            } else if !checkPath(path, &findings), !path.text.hasPrefix(".\(root).") {
                findings.add(path.invalid("should be a json path under .\(root)"))
            }
        }
        let selector = scale["labelSelectorPath"]
        guard !selector.isEmpty, !checkPath(selector, &findings) else { return }
        if !selector.text.hasPrefix(".spec."), !selector.text.hasPrefix(".status.") {
            findings.add(selector.invalid("should be a json path under either .spec or .status"))
        }
    }

    /// Whether something is wrong with the path.
    private static func checkPath(_ path: FieldView, _ findings: inout Findings) -> Bool {
        if path.text.hasPrefix(".") { return false }
        findings.add(path.invalid("must be a simple json path starting with ."))
        return true
    }

    private static let columnTypes = ["boolean", "date", "integer", "number", "string"]
    private static let columnFormats = ["byte", "date", "date-time", "double", "float", "int32", "int64", "password"]

    private static func checkColumn(_ column: FieldView, _ findings: inout Findings) {
        findings.require(column["name"])
        let types = "must be one of " + columnTypes.joined(separator: ",")
        if column["type"].isEmpty {
            findings.add(column["type"].required(types))
        } else if !columnTypes.contains(column["type"].text) {
            findings.add(column["type"].invalid(types))
        }
        if !column["format"].isEmpty, !columnFormats.contains(column["format"].text) {
            findings.add(column["format"].invalid("must be one of " + columnFormats.joined(separator: ",")))
        }
        // So upstream's internal form spells it.
        let path = FieldView(column["jsonPath"].value, at: .child(column.path, "JSONPath"))
        if path.isEmpty { findings.add(path.required()) } else { _ = checkPath(path, &findings) }
    }

    // MARK: Selectable fields

    private func checkSelectable(
        _ fields: FieldView, _ holder: FieldView, of version: String, _ findings: inout Findings
    ) {
        let schema = CustomSchema(holder["openAPIV3Schema"].value ?? [:])
        var seen: Set<String> = []
        for field in fields.items {
            let path = field["jsonPath"]
            guard !path.isEmpty else {
                findings.add(path.required())
                continue
            }
            switch SelectablePath.find(path.text, in: schema) {
            case .wrong(let why): findings.add(path.invalid("is an invalid path: \(why)"))
            case .field(let names, let target):
                if names.first == "metadata" { findings.add(path.invalid("must not point to fields in metadata")) }
                if !["string", "boolean", "integer"].contains(target.type) {
                    let why =
                        "must point to a field of type string, boolean or integer. Enum string fields and strings "
                        + "with formats are allowed."
                    findings.add(path.invalid(why))
                }
                if !seen.insert(names.joined(separator: ".")).inserted { findings.add(path.duplicate()) }
            }
        }
        guard seen.count > Self.selectableFieldsMax, !keepsTooMany(fields, of: version) else { return }
        findings.add(
            .tooMany(fields.path.description, count: seen.count, maximum: Self.selectableFieldsMax))
    }

    /// Too many fields may stay as they are.
    private func keepsTooMany(_ fields: FieldView, of version: String) -> Bool {
        let kept = before(version)?["selectableFields"]
        return (kept?.arrayValue?.count ?? 0) > Self.selectableFieldsMax && kept == fields.value
    }
}

/// Versions in the order of upstream's fields.
struct ShownVersions: FieldErrorValue {
    let versions: [[(name: String, value: Value)]]

    var shownInFieldError: String {
        if versions.isEmpty { return "null" }
        let texts = versions.map { fields in
            "{" + fields.map { "\"\($0.name)\":" + $0.value.shownInFieldError }.joined(separator: ",") + "}"
        }
        return "[" + texts.joined(separator: ",") + "]"
    }
}

extension Unicode.Scalar {
    /// As Go's `unicode.IsPrint` has it: of the blanks only the space.
    fileprivate var isPrintable: Bool {
        switch properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
        case .spaceSeparator: self == " "
        default: true
        }
    }
}
