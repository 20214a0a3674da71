package import APIMachinery
package import Determinism

/// Keeps `metadata.managedFields`, and merges what clients apply, for one version of one resource
/// (or one of its subresources).
///
/// The rules are upstream's (`apimachinery/pkg/util/managedfields` over
/// kubernetes-sigs/structured-merge-diff):
///
/// - Who *updates* owns what the write changes, and everybody else loses it.
/// - Who *applies* owns exactly what is in the applied object. What was in it the last time and is
///   not any more is removed, unless somebody else owns it too. Changing what somebody else owns is
///   a conflict, or with `force` a change of owner.
package struct FieldManager: Sendable {
    /// At most so many entries of updates are kept apart; older ones are thrown together.
    package static let updateEntriesMax = 10
    /// Who owns what the oldest updates changed, once there are too many of them.
    package static let ancientManager = "ancient-changes"
    /// Who owns what was there before the first apply, when nobody kept track.
    package static let beforeFirstApplyManager = "before-first-apply"

    /// Which fields the resource lets nobody own here, because it resets them on the way in.
    package enum OwnershipFilter: Sendable {
        case everything
        /// Not these fields, nor anything below them: `status` on the main resource.
        case except(FieldSet)
        /// Only what lies at or below these paths of ``PathElement`` texts; `nil` is a wildcard.
        case only([[String?]])

        func apply(_ set: FieldSet) -> FieldSet {
            switch self {
            case .everything: set
            case .except(let reset): set.subtractingRecursively(reset)
            case .only(let patterns): set.filtered(by: patterns)
            }
        }
    }

    package var kind: GroupVersionKind
    /// `nil` when nothing is known of the type: then lists are owned as a whole.
    package var schema: SchemaType?
    /// Empty for the main resource.
    package var subresource: String
    package var filter: OwnershipFilter
    /// Converts an object into another version that a manager wrote in, with its schema; `nil` for a
    /// version that is no longer served, whose entries are dropped. Without it, all versions of the
    /// resource are taken to have the same paths.
    package var convert: (@Sendable (_ object: Value, _ apiVersion: String) -> (object: Value, schema: SchemaType?)?)?
    /// What is known of the fields of whole objects; `nil` computes them each time.
    package var outlines: FieldOutlines?

    package init(
        kind: GroupVersionKind, schema: SchemaType?, subresource: String = "",
        filter: OwnershipFilter = .everything,
        convert: (@Sendable (Value, String) -> (object: Value, schema: SchemaType?)?)? = nil,
        outlines: FieldOutlines? = nil
    ) {
        self.kind = kind
        self.schema = schema
        self.subresource = subresource
        self.filter = filter
        self.convert = convert
        self.outlines = outlines
    }

    var apiVersion: String { kind.groupVersion.description }
    var shape: MergeShape { schema.map { MergeShape($0) } ?? .deduced }

    /// `new` with the `metadata.managedFields` that it has after this create, update or patch.
    ///
    /// `live` is the stored object, or an empty one when this is a create. When the objects cannot be
    /// compared, the owners stay as they were. An empty `manager` is called `unknown`.
    package func update(live: Value, new: Value, manager: String, now: Timestamp) -> Value {
        var result = new
        let provided = result.takeManagedFields()
        let before = live[path: "metadata", "managedFields"]
        let isStored = live[path: "metadata", "uid"] != nil
        let entries = entries(provided: provided, live: before)
        if entries.isEmpty, isStored { return result }

        var old = live
        _ = old.takeManagedFields()
        do throws(PatchError) {
            let after = try recordUpdate(
                entries, from: old, to: result,
                manager: manager.isEmpty ? "unknown" : manager, now: now)
            result.setManagedFields(ManagedEntries.encode(capped(after)))
        } catch {
            result.setManagedFields(before)
        }
        return result
    }

    /// Clients that do not know managedFields drop them, so an empty list means the stored one;
    /// a list of nothing, or of one empty entry, asks to forget all owners.
    private func entries(provided: Value?, live: Value?) -> [ManagedEntry] {
        if subresource.isEmpty, let items = provided?.arrayValue {
            if items.isEmpty || (items.count == 1 && items[0] == .emptyObject) { return [] }
            // A list that cannot be read is as good as none.
            if let entries = try? ManagedEntries.decode(provided), !entries.isEmpty { return entries }
        }
        // Likewise.
        return (try? ManagedEntries.decode(live)) ?? []
    }

    /// The entries after an update: the writer gains what changed.
    func recordUpdate(
        _ entries: [ManagedEntry], from old: Value, to new: Value, manager: String, now: Timestamp
    ) throws(PatchError) -> [ManagedEntry] {
        if entries.isEmpty, old == .emptyObject, let outlines {
            let fields = try outlines.fields(of: new) { () throws(PatchError) in
                try ObjectComparison(old, new, shape).filtered(by: filter).touched
                    .subtracting(FieldManager.neverOwned)
            }
            return fields.isEmpty ? [] : [entry(of: manager, fields, now)]
        }
        let changes = try ObjectComparison(old, new, shape).filtered(by: filter)
        if changes.isEmpty, entries.allSatisfy({ $0.apiVersion == apiVersion }) { return entries }
        var result: [ManagedEntry] = []
        result.reserveCapacity(entries.count + 1)
        var versions = VersionedChanges(self, old, new, changes)
        for entry in entries {
            guard let changes = try versions.changes(in: entry.apiVersion) else { continue }
            var entry = entry
            entry.fields = entry.fields.subtracting(changes.touched).subtracting(changes.removed)
            if !entry.fields.isEmpty { result.append(entry) }
        }
        let gained = changes.touched.subtracting(FieldManager.neverOwned)
        guard !gained.isEmpty else { return result }
        var mine = entry(of: manager, gained, now)
        let identity = mine.identity
        if let index = result.firstIndex(where: { $0.identity == identity }) {
            mine.fields = result[index].fields.union(gained)
            result[index] = mine
        } else {
            result.append(mine)
        }
        return result
    }

    private func entry(of manager: String, _ fields: FieldSet, _ now: Timestamp) -> ManagedEntry {
        ManagedEntry(
            manager: manager, operation: .update, apiVersion: apiVersion, subresource: subresource,
            time: now.rfc3339, fields: fields)
    }

    /// Throws the oldest updates together, by version, until there are few enough.
    private func capped(_ entries: [ManagedEntry]) -> [ManagedEntry] {
        var updates = entries.filter { $0.operation == .update }
        guard updates.count > FieldManager.updateEntriesMax else { return entries }
        updates.sort { ($0.time, $0.identity) < ($1.time, $1.identity) }
        var count = updates.count
        var firstOfVersion: [String: ManagedEntry] = [:]
        var buckets: [String: ManagedEntry] = [:]
        var gone: Set<ManagedEntry.Identity> = []
        for update in updates where count > FieldManager.updateEntriesMax {
            guard let first = firstOfVersion[update.apiVersion] else {
                firstOfVersion[update.apiVersion] = update
                continue
            }
            var bucket = buckets[update.apiVersion] ?? first
            bucket.manager = FieldManager.ancientManager
            bucket.subresource = ""
            bucket.fields = bucket.fields.union(update.fields)
            bucket.time = update.time
            gone.formUnion([first.identity, update.identity])
            buckets[update.apiVersion] = bucket
            count -= 1
        }
        return entries.filter { !gone.contains($0.identity) } + buckets.values
    }

    /// What no entry may hold, whoever wrote it.
    static let neverOwned = FieldSet(
        names: [["apiVersion"], ["kind"], ["metadata"]]
            + [
                "name", "namespace", "creationTimestamp", "selfLink", "uid", "clusterName", "generation",
                "managedFields", "resourceVersion",
            ].map { ["metadata", $0] })
}

extension ObjectComparison {
    func filtered(by filter: FieldManager.OwnershipFilter) -> ObjectComparison {
        ObjectComparison(touched: filter.apply(touched), removed: filter.apply(removed))
    }
}

/// The change of an object as it looks in each version that a manager wrote in.
struct VersionedChanges {
    private let manager: FieldManager
    private let old: Value
    private let new: Value
    private var known: [String: ObjectComparison]

    init(_ manager: FieldManager, _ old: Value, _ new: Value, _ changes: ObjectComparison) {
        self.manager = manager
        self.old = old
        self.new = new
        known = [manager.apiVersion: changes]
    }

    /// `nil` for a version that is gone.
    mutating func changes(in apiVersion: String) throws(PatchError) -> ObjectComparison? {
        if let changes = known[apiVersion] { return changes }
        guard let convert = manager.convert else { return known[manager.apiVersion] }
        guard let old = convert(old, apiVersion), let new = convert(new, apiVersion) else { return nil }
        let shape = old.schema.map { MergeShape($0) } ?? .deduced
        let changes = try ObjectComparison(old.object, new.object, shape).filtered(by: manager.filter)
        known[apiVersion] = changes
        return changes
    }
}

extension Value {
    /// Takes `metadata.managedFields` out.
    mutating func takeManagedFields() -> Value? {
        guard let list = self[path: "metadata", "managedFields"] else { return nil }
        self[path: "metadata", "managedFields"] = nil
        return list
    }

    mutating func setManagedFields(_ list: Value?) {
        self[path: "metadata", "managedFields"] = list
    }
}
