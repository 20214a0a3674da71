package import APIMachinery

/// Lays an apply configuration over an object without anybody owning its fields, as mutating policies do.
package enum ConfigurationMerge {
    /// The object with the configuration's fields. Throws `.failed`, in upstream's words, for one that does not fit the
    /// schema, or that would replace as a whole what can only be owned as a whole.
    package static func apply(
        _ configuration: Value, to live: Value, schema: SchemaType?
    ) throws(PatchError) -> Value {
        let shape = schema.map { MergeShape($0) } ?? .deduced
        let violations = AppliedObjectRules.violations(configuration, shape)
        guard violations.isEmpty else {
            throw failed("failed to convert patch object to typed object: " + AppliedObjectRules.message(violations))
        }
        var atomics: [String] = []
        find(configuration, shape, "", &atomics)
        guard atomics.isEmpty else {
            throw failed(
                "invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: "
                    + atomics.joined(separator: ", "))
        }
        do throws(PatchError) {
            return try ObjectMerge.merge(live, configuration, shape)
        } catch {
            throw failed("failed to merge patch: \(error.message)")
        }
    }

    private static func failed(_ message: String) -> PatchError { PatchError(.failed, message) }

    /// The lists and maps within that are owned as a whole, by their paths.
    private static func find(_ value: Value, _ shape: MergeShape, _ path: String, _ found: inout [String]) {
        switch (value, shape) {
        case (.array, .leaf), (.array, .deduced), (.object, .leaf): found.append(path)
        case (.array(let items), _):
            for (index, item) in items.enumerated() { find(item, shape.item, "\(path)[\(index)]", &found) }
        case (.object(let fields), .structure):
            for field in fields {
                let (member, isDeclared) = shape.member(field.name)
                if isDeclared { find(field.value, member, "\(path).\(field.name)", &found) }
            }
        default: break
        }
    }
}
