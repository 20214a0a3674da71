package import APIMachinery

/// Decides which of the names that a CustomResourceDefinition asks for it may have.
///
/// Names are unique in a group: among plurals, singulars and short names, and among kinds and list kinds. Who came first
/// keeps them.
package struct NamesPlan: Sendable, Equatable {
    package let acceptedNames: Value
    package let condition: CustomConditions.Condition

    package var areAccepted: Bool { condition.status == "True" }

    /// - others: the other definitions of the group.
    package static func decide(_ definition: Value, others: [Value]) -> NamesPlan {
        var resources: Set<String> = []
        var kinds: Set<String> = []
        for other in others {
            let names = other[path: "status", "acceptedNames"]
            for name in ["plural", "singular"] { resources.insert(names?[name]?.stringValue ?? "") }
            for name in names?["shortNames"]?.arrayValue ?? [] { resources.insert(name.stringValue ?? "") }
            for name in ["kind", "listKind"] { kinds.insert(names?[name]?.stringValue ?? "") }
        }
        resources.remove("")
        kinds.remove("")
        let wanted = definition[path: "spec", "names"] ?? [:]
        let current = definition[path: "status", "acceptedNames"] ?? [:]
        var accepted = current
        var failure: (reason: String, message: String)?
        func take(_ name: String, _ used: Set<String>, _ reason: String) {
            let text = wanted[name]?.stringValue ?? ""
            if wanted[name] != current[name], used.contains(text) {
                failure = (reason, "\"\(text)\" is already in use")
            } else {
                accepted[name] = wanted[name]
            }
        }
        take("plural", resources, "PluralConflict")
        take("singular", resources, "SingularConflict")
        let present = current["shortNames"]?.arrayValue ?? []
        let taken = (wanted["shortNames"]?.arrayValue ?? []).filter {
            !present.contains($0) && resources.contains($0.stringValue ?? "")
        }
        if taken.isEmpty {
            accepted["shortNames"] = wanted["shortNames"]
        } else {
            let texts = taken.map { "\"\($0.stringValue ?? "")\" is already in use" }
            failure = (
                "ShortNamesConflict", texts.count == 1 ? texts[0] : "[" + texts.joined(separator: ", ") + "]"
            )
        }
        take("kind", kinds, "KindConflict")
        take("listKind", kinds, "ListKindConflict")
        accepted["categories"] = wanted["categories"]
        return NamesPlan(
            acceptedNames: accepted,
            condition: failure.map { .init("NamesAccepted", false, $0.reason, $0.message) }
                ?? .init("NamesAccepted", true, "NoConflicts", "no conflicts found"))
    }
}
