package import APIMachinery

/// Which fields a configuration file may have, and of what kind each is.
package indirect enum ConfigurationShape: Sendable {
    case string
    case bool
    case integer
    /// A text such as `10s`.
    case duration
    case strings
    case object([String: ConfigurationShape])
    case list(ConfigurationShape)
    /// Whatever it is, somebody else judges it.
    case anything

    /// What is wrong with a value, in the words of Go's strict decoder.
    struct Findings {
        var unknown: [String] = []
        var mistyped: [String] = []
    }

    func check(_ value: Value, path: String = "") -> Findings {
        var findings = Findings()
        check(value, path, &findings)
        return findings
    }

    private func check(_ value: Value, _ path: String, _ findings: inout Findings) {
        // Go leaves a field that is null as it was.
        if value.isNull { return }
        switch (self, value) {
        case (.anything, _), (.string, .string), (.bool, .bool): return
        case (.integer, _) where value.integerValue != nil: return
        case (.duration, .string(let text)):
            do throws(DurationTextError) { _ = try DurationText.parse(text) } catch {
                findings.mistyped.append(error.message)
            }
        case (.strings, .array(let items)):
            for (index, item) in items.enumerated() {
                ConfigurationShape.string.check(item, "\(path)[\(index)]", &findings)
            }
        case (.list(let shape), .array(let items)):
            for (index, item) in items.enumerated() { shape.check(item, "\(path)[\(index)]", &findings) }
        case (.object(let shapes), .object(let fields)):
            for field in fields {
                let place = path.isEmpty ? field.name : "\(path).\(field.name)"
                if let shape = shapes[field.name] {
                    shape.check(field.value, place, &findings)
                } else {
                    findings.unknown.append("unknown field \"\(place)\"")
                }
            }
        case (_, _):
            findings.mistyped.append(
                "json: cannot unmarshal \(value.kindName) into Go struct field .\(path) of type \(goType)")
        }
    }

    private var goType: String {
        switch self {
        case .string, .duration: "string"
        case .bool: "bool"
        case .integer: "int32"
        case .strings: "[]string"
        case .object: "object"
        case .list: "[]object"
        case .anything: "interface {}"
        }
    }
}

/// A configuration file that has a group, a version and a kind, read by its shape.
package struct ConfigurationDocument: Sendable {
    package let value: Value
    package let version: String
    /// Fields that nobody knows, and fields that are there twice; an error where the reader is strict.
    package let strictProblems: [String]

    /// Reads YAML or JSON. Errors are upstream's decoder's.
    package init(
        _ bytes: [UInt8], group: String, versions: [String], kind: String, shape: [String: ConfigurationShape]
    ) throws(ConfigurationError) {
        var problems: [String] = []
        let documents: [Value]
        do throws(YAMLError) { documents = try YAML.parse(bytes, duplicates: &problems) } catch {
            throw ConfigurationError("error converting YAML to JSON: \(error.message)")
        }
        let value = documents.first ?? .emptyObject
        let text = String(decoding: value.json.prefix(1024), as: UTF8.self)
        guard let found = value["kind"]?.stringValue, !found.isEmpty else {
            throw ConfigurationError("Object 'Kind' is missing in '\(text)'")
        }
        guard let apiVersion = value["apiVersion"]?.stringValue, !apiVersion.isEmpty else {
            throw ConfigurationError("Object 'apiVersion' is missing in '\(text)'")
        }
        let named = GroupVersion(apiVersion)
        guard named.group == group, versions.contains(named.version), found == kind else {
            throw ConfigurationError("no kind \"\(found)\" is registered for version \"\(apiVersion)\"")
        }
        var all = shape
        all["kind"] = .string
        all["apiVersion"] = .string
        let findings = ConfigurationShape.object(all).check(value)
        if let first = findings.mistyped.first { throw ConfigurationError(first) }
        self.value = value
        version = named.version
        strictProblems = problems + findings.unknown
    }

    /// The same, and no field may be unknown.
    package init(
        strictly bytes: [UInt8], group: String, versions: [String], kind: String, shape: [String: ConfigurationShape]
    ) throws(ConfigurationError) {
        try self.init(bytes, group: group, versions: versions, kind: kind, shape: shape)
        guard strictProblems.isEmpty else {
            throw ConfigurationError("strict decoding error: " + strictProblems.joined(separator: ", "))
        }
    }
}

/// Why a configuration cannot be used, in upstream's words.
package struct ConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
    package let message: String
    package var description: String { message }

    package init(_ message: String) { self.message = message }

    /// Several findings as one, as upstream joins them.
    package init?(_ errors: [FieldError]) {
        guard let first = errors.first else { return nil }
        var texts: [String] = []
        for error in errors where !texts.contains(error.description) { texts.append(error.description) }
        message = texts.count == 1 ? first.description : "[\(texts.joined(separator: ", "))]"
    }

    package static func check(_ errors: [FieldError]) throws(ConfigurationError) {
        if let error = ConfigurationError(errors) { throw error }
    }
}

extension Value {
    /// The texts of a list; none where there is no list.
    func texts(_ name: String) -> [String] { (self[name]?.arrayValue ?? []).compactMap(\.stringValue) }
    func text(_ name: String) -> String { self[name]?.stringValue ?? "" }
    func items(_ name: String) -> [Value] { self[name]?.arrayValue ?? [] }
}
