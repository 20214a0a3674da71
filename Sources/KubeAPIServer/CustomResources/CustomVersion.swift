internal import APIMachinery
internal import APIRules

/// What a definition says of one version of its kind, beyond what built-in resources have.
package struct CustomVersion: Sendable {
    let schema: CustomSchema
    /// `nil` without rules.
    let rules: RuleTree?
    /// `spec.color`
    let selectableFields: [String]
    /// `nil` without a scale.
    let scale: ScalePaths?
    /// What clients of a deprecated version are told.
    let warning: String?
    /// The definition is going, and its objects with it: no new ones.
    let isTerminating: Bool
    /// A name for schema and fields that changes with them.
    let digest: String

    init(_ version: Value, in definition: Value) {
        schema = CustomSchema(version[path: "schema", "openAPIV3Schema"] ?? Self.anything)
        rules = RuleTree(schema)
        selectableFields = (version["selectableFields"]?.arrayValue ?? []).compactMap {
            ($0["jsonPath"]?.stringValue).map { String($0.drop { $0 == "." }) }
        }
        scale = version[path: "subresources", "scale"].map(ScalePaths.init)
        warning = Self.warning(version, in: definition)
        isTerminating = definition[path: "metadata", "deletionTimestamp"] != nil
        digest = Document.digest([schema.source.json, Value.array(selectableFields.map(Value.string)).json])
    }

    private static let anything: Value = ["type": "object", "x-kubernetes-preserve-unknown-fields": true]

    private static func warning(_ version: Value, in definition: Value) -> String? {
        guard version["deprecated"]?.boolValue == true else { return nil }
        if let text = version["deprecationWarning"]?.stringValue { return text }
        let group = definition[path: "spec", "group"]?.stringValue ?? ""
        let kind = definition[path: "spec", "names", "kind"]?.stringValue ?? ""
        let name = version["name"]?.stringValue ?? ""
        let better = (definition[path: "spec", "versions"]?.arrayValue ?? []).filter {
            $0["served"]?.boolValue == true && $0["deprecated"]?.boolValue != true
        }.compactMap { $0["name"]?.stringValue }.filter { VersionOrder.isVersion($0, before: name) }
            .sorted(by: VersionOrder.isVersion)
        let text = "\(group)/\(name) \(kind) is deprecated"
        return better.first.map { "\(text); use \(group)/\($0) \(kind)" } ?? text
    }

    /// Brings an object as a client sent it into the form of this version, but for defaults. Unknown fields go, and
    /// are named in `problems`.
    func settle(_ value: inout Value, problems: inout [String]) throws(SchemaError) {
        let unknown = try schema.settleMetadata(&value) + schema.prune(&value)
        problems += unknown.map(SchemaWalk.unknownFieldMessage)
        schema.dropNulls(&value)
    }

    /// An object that was another version's: what this one does not know goes.
    func prune(_ converted: inout Value) {
        _ = schema.prune(&converted)
        schema.dropNulls(&converted)
    }

    /// An object that was stored under other rules, as it would be stored now.
    func revise(_ stored: inout Value) {
        prune(&stored)
        schema.setDefaults(&stored)
    }
}

/// Where a resource keeps what its scale shows.
struct ScalePaths: Sendable {
    let specReplicas: [String]
    let statusReplicas: [String]
    let selector: [String]?

    init(_ scale: Value) {
        func path(_ name: String) -> [String]? {
            (scale[name]?.stringValue).map { $0.split(separator: ".").map(String.init) }
        }
        specReplicas = path("specReplicasPath") ?? []
        statusReplicas = path("statusReplicasPath") ?? []
        selector = path("labelSelectorPath")
    }

    static func read(_ path: [String], of object: Value) -> Value? {
        path.reduce(object as Value?) { $0?[$1] }
    }

    static func write(_ new: Value, to path: some Collection<String>, of object: inout Value) {
        guard let first = path.first else {
            object = new
            return
        }
        var inner = object[first] ?? .emptyObject
        write(new, to: path.dropFirst(), of: &inner)
        object[first] = inner
    }
}
