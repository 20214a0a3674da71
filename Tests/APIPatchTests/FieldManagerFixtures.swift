import APIMachinery
import APIPatch
import Determinism
import Testing

/// One object and its writers, a minute apart.
struct Owned {
    var manager: FieldManager
    var object: Value
    var minute: Int64 = 0

    static let kind = GroupVersionKind(group: "apps", version: "v1", kind: "Deployment")
    static let empty: Value = ["apiVersion": "apps/v1", "kind": "Deployment"]

    init(schema: SchemaType? = PatchFixtures.workload, filter: FieldManager.OwnershipFilter = .everything) {
        manager = FieldManager(kind: Self.kind, schema: schema, filter: filter)
        object = Self.empty
    }

    private mutating func tick() -> Timestamp {
        minute += 1
        return .testEpoch + .seconds(60 * minute)
    }

    /// Writes the object as it stands with these parts laid over (a merge patch).
    mutating func update(_ name: String, _ patch: Value) throws {
        var new = try MergePatch.apply(patch, to: object)
        // The store gives every object an identity.
        new[path: "metadata", "uid"] = "1"
        object = manager.update(live: object, new: new, manager: name, now: tick())
    }

    mutating func apply(_ name: String, _ parts: Value, force: Bool = false) throws {
        var applied = try MergePatch.apply(parts, to: Self.empty)
        applied[path: "metadata", "name"] = "x"
        object = try manager.apply(live: object, applied: applied, manager: name, force: force, now: tick())
        object[path: "metadata", "uid"] = "1"
    }

    func conflicts(_ name: String, _ parts: Value) -> PatchError? {
        var copy = self
        do {
            try copy.apply(name, parts)
            return nil
        } catch {
            return error as? PatchError
        }
    }

    var entries: [ManagedEntry] {
        get throws { try ManagedEntries.decode(object[path: "metadata", "managedFields"]) }
    }

    /// What a manager owns.
    func paths(_ name: String) throws -> [String] {
        try entries.filter { $0.manager == name }.flatMap(\.fields.paths)
    }

    func time(_ name: String) throws -> String? { try entries.first { $0.manager == name }?.time }

    subscript(_ path: String...) -> Value? {
        var value: Value? = object
        for name in path { value = value?[name] }
        return value
    }
}
