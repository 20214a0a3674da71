package import APIMachinery
package import Determinism

/// Server-side apply.
extension FieldManager {
    /// The live object with the applied one laid over it, and with its new owners.
    ///
    /// `live` is the stored object, or one with only apiVersion and kind when apply creates it. The
    /// result has not been decoded, defaulted or validated yet. When nothing changes in the object, the
    /// times of its owners do not either. Throws `.malformed` for an applied object of another type or with
    /// managedFields, `.conflict` with a cause for every field that somebody else owns, and `.failed`
    /// for one that does not fit the schema.
    package func apply(
        live: Value, applied: Value, manager: String, force: Bool, now: Timestamp
    ) throws(PatchError) -> Value {
        try checkApplied(applied)
        var live = live
        var entries: [ManagedEntry]
        do throws(PatchError) {
            entries = try ManagedEntries.decode(live.takeManagedFields())
        } catch {
            throw PatchError(.failed, "failed to decode managed fields: \(error.message)")
        }
        for index in entries.indices where entries[index].apiVersion == apiVersion {
            entries[index].fields = AppliedFields.reconciled(entries[index].fields, shape)
        }
        if entries.isEmpty { entries = try ownersBeforeFirstApply(of: live, now: now) }

        let attempt = ApplyAttempt(self, live, applied, entries, manager.isEmpty ? "unknown" : manager)
        var outcome = try attempt.run()
        if manager == LastApplied.manager, !outcome.conflicts.isEmpty, !force {
            let allowed = LastApplied.conflictsAllowed(live, apiVersion, shape)
            outcome.conflicts = outcome.conflicts.without(allowed)
        }
        if !force, !outcome.conflicts.isEmpty { throw outcome.conflicts.error }

        var result = outcome.object
        entries = outcome.entries
        if let mine = entries.firstIndex(where: { $0.identity == attempt.identity }) {
            entries[mine].time = result != live ? now.rfc3339 : attempt.last?.time ?? ""
        }
        result.setManagedFields(ManagedEntries.encode(entries))
        if manager == LastApplied.manager { LastApplied.refresh(in: &result, from: applied) }
        return result
    }

    private func checkApplied(_ applied: Value) throws(PatchError) {
        let version = applied["apiVersion"]?.stringValue ?? ""
        let kindName = applied["kind"]?.stringValue ?? ""
        guard version == apiVersion, kindName == kind.kind else {
            let group = GroupVersion(version)
            throw PatchError(
                .malformed, "invalid object type: \(group.group)/\(group.version), Kind=\(kindName)")
        }
        if let managed = applied[path: "metadata", "managedFields"], !managed.isNull {
            throw PatchError(.malformed, "metadata.managedFields must be nil")
        }
        let violations = AppliedObjectRules.violations(applied, shape)
        guard violations.isEmpty else {
            let name = applied[path: "metadata", "name"]?.stringValue ?? ""
            let namespace = applied[path: "metadata", "namespace"]?.stringValue ?? ""
            throw PatchError(
                .failed,
                "failed to create typed patch object (\(namespace)/\(name); \(kind.group)/\(kind.version), "
                    + "Kind=\(kind.kind)): "
                    + AppliedObjectRules.message(violations))
        }
    }

    /// An object that nobody kept track of belongs to nobody in particular from now on.
    private func ownersBeforeFirstApply(of live: Value, now: Timestamp) throws(PatchError) -> [ManagedEntry] {
        let empty: Value = ["apiVersion": .string(apiVersion), "kind": .string(kind.kind)]
        return try recordUpdate(
            [], from: empty, to: live, manager: FieldManager.beforeFirstApplyManager, now: now)
    }
}

/// One apply, before it is known whether it is let through.
private struct ApplyAttempt {
    struct Outcome {
        var object: Value
        var entries: [ManagedEntry]
        var conflicts: ApplyConflicts
    }

    let manager: FieldManager
    let live: Value
    let applied: Value
    let others: [ManagedEntry]
    /// What this manager applied the last time.
    let last: ManagedEntry?
    let identity: ManagedEntry.Identity
    let shape: MergeShape

    init(
        _ manager: FieldManager, _ live: Value, _ applied: Value, _ entries: [ManagedEntry], _ name: String
    ) {
        self.manager = manager
        self.live = live
        self.applied = applied
        shape = manager.shape
        let identity = ManagedEntry(
            manager: name, operation: .apply, apiVersion: manager.apiVersion, subresource: manager.subresource,
            fields: FieldSet()
        ).identity
        self.identity = identity
        last = entries.first { $0.identity == identity }
        others = entries.filter { $0.identity != identity }
    }

    func run() throws(PatchError) -> Outcome {
        let merged = try ObjectMerge.merge(live, applied, shape)
        let owned = manager.filter.apply(try AppliedFields.of(applied, shape))
        let object = try pruned(merged, owned)
        let changes = try ObjectComparison(live, object, shape).filtered(by: manager.filter)

        var versions = VersionedChanges(manager, live, object, changes)
        var conflicts = ApplyConflicts()
        var entries: [ManagedEntry] = []
        for other in others {
            guard let changes = try versions.changes(in: other.apiVersion) else { continue }
            conflicts.add(other.identity, other.fields.intersection(changes.touched))
            var entry = other
            entry.fields = other.fields.subtracting(changes.touched).subtracting(changes.removed)
            if !entry.fields.isEmpty { entries.append(entry) }
        }
        let mine = owned.subtracting(FieldManager.neverOwned)
        if !mine.isEmpty {
            entries.append(
                ManagedEntry(
                    manager: identity.manager, operation: .apply, apiVersion: manager.apiVersion,
                    subresource: identity.subresource, fields: mine))
        }
        return Outcome(object: object, entries: entries, conflicts: conflicts)
    }

    /// Takes out what this manager applied the last time, does not apply any more, and nobody else owns.
    ///
    /// Parts of a removed item that nobody owns, such as defaults, go with it; the others stay.
    private func pruned(_ merged: Value, _ owned: FieldSet) throws(PatchError) -> Value {
        guard let last, !last.fields.isEmpty, let whole = form(merged, last.apiVersion) else { return merged }
        let before = AppliedFields.withNamedFields(last.fields, whole.shape)
        var rest = try ObjectRemoval.remove(before, from: whole.object, whole.shape)
        for (version, fields) in owners(owned, first: last.apiVersion) {
            guard let all = form(merged, version), let left = form(rest, version) else { continue }
            let kept = AppliedFields.withNamedFields(fields, all.shape)
            let unowned = try named(all).subtracting(try named(left).union(kept))
            rest = try ObjectRemoval.remove(unowned, from: all.object, all.shape)
        }
        guard let remaining = form(rest, last.apiVersion) else { return merged }
        let gone = try named(whole).subtracting(try named(remaining)).intersection(before)
        let result = try ObjectRemoval.remove(gone, from: whole.object, whole.shape)
        return form(result, manager.apiVersion)?.object ?? merged
    }

    /// What somebody owns after this apply, by the versions in which it was written. The version that fields are taken
    /// out of comes first: a conversion may need what is put back there.
    private func owners(_ owned: FieldSet, first: String) -> [(version: String, fields: FieldSet)] {
        var fields = [manager.apiVersion: owned]
        for other in others {
            let version = manager.convert == nil ? manager.apiVersion : other.apiVersion
            fields[version] = fields[version]?.union(other.fields) ?? other.fields
        }
        return fields.sorted { ($0.key == first ? "" : $0.key) < ($1.key == first ? "" : $1.key) }
            .map { (version: $0.key, fields: $0.value) }
    }

    private typealias Form = (object: Value, shape: MergeShape)

    /// The object in another version; `nil` when that is gone.
    private func form(_ object: Value, _ version: String) -> Form? {
        let present = object["apiVersion"]?.stringValue
        guard let convert = manager.convert, version != manager.apiVersion || present != version else {
            return (object, shape)
        }
        return convert(object, version).map { ($0.object, $0.schema.map { MergeShape($0) } ?? .deduced) }
    }

    private func named(_ form: Form) throws(PatchError) -> FieldSet {
        AppliedFields.withNamedFields(try AppliedFields.of(form.object, form.shape), form.shape)
    }
}
