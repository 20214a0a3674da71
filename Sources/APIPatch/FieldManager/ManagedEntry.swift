package import APIMachinery

/// One entry of `metadata.managedFields`: what one manager owns.
package struct ManagedEntry: Sendable, Equatable {
    package enum Operation: String, Sendable, Comparable {
        case apply = "Apply"
        case update = "Update"

        package static func < (left: Operation, right: Operation) -> Bool { left.rawValue < right.rawValue }
    }

    /// What tells entries apart. Who applies has one entry for all versions, who updates one a version.
    package struct Identity: Sendable, Hashable, Comparable {
        package var manager: String
        package var operation: Operation
        /// Empty for `apply`.
        package var apiVersion: String
        package var subresource: String

        package static func < (left: Identity, right: Identity) -> Bool {
            (left.manager, left.operation, left.apiVersion, left.subresource)
                < (right.manager, right.operation, right.apiVersion, right.subresource)
        }

        /// As conflicts name it: `"kubectl" using apps/v1`.
        var readable: String {
            var text = GoText.quote(manager)
            if !subresource.isEmpty { text += " with subresource \(GoText.quote(subresource))" }
            return operation == .update ? text + " using \(apiVersion)" : text
        }
    }

    package var manager: String
    package var operation: Operation
    package var apiVersion: String
    package var subresource: String
    /// RFC 3339; empty when never set.
    package var time: String
    package var fields: FieldSet

    package init(
        manager: String, operation: Operation, apiVersion: String, subresource: String = "", time: String = "",
        fields: FieldSet
    ) {
        self.manager = manager
        self.operation = operation
        self.apiVersion = apiVersion
        self.subresource = subresource
        self.time = time
        self.fields = fields
    }

    package var identity: Identity {
        Identity(
            manager: manager, operation: operation, apiVersion: operation == .apply ? "" : apiVersion,
            subresource: subresource)
    }

    package var value: Value {
        var fields = Fields()
        fields.append("apiVersion", .string(apiVersion))
        fields.append("fieldsType", "FieldsV1")
        fields.append("fieldsV1", self.fields.fieldsV1)
        if !manager.isEmpty { fields.append("manager", .string(manager)) }
        fields.append("operation", .string(operation.rawValue))
        if !subresource.isEmpty { fields.append("subresource", .string(subresource)) }
        if !time.isEmpty { fields.append("time", .string(time)) }
        return .object(fields)
    }
}

/// Reading and writing `metadata.managedFields`.
package enum ManagedEntries {
    /// Reads the list; `nil` counts as empty. Throws `.failed` with upstream's words.
    package static func decode(_ list: Value?) throws(PatchError) -> [ManagedEntry] {
        guard let items = list?.arrayValue else { return [] }
        var entries: [ManagedEntry] = []
        entries.reserveCapacity(items.count)
        for (index, item) in items.enumerated() {
            let entry = try decode(item, at: index)
            if let same = entries.firstIndex(where: { $0.identity == entry.identity }) {
                entries[same] = entry
            } else {
                entries.append(entry)
            }
        }
        return entries
    }

    private static func decode(_ item: Value, at index: Int) throws(PatchError) -> ManagedEntry {
        guard let operation = item["operation"]?.stringValue.flatMap(ManagedEntry.Operation.init) else {
            throw PatchError(.failed, "operation must be `Apply` or `Update`")
        }
        let apiVersion = item["apiVersion"]?.stringValue ?? ""
        if apiVersion.isEmpty { throw PatchError(.failed, "apiVersion must not be empty") }
        switch item["fieldsType"]?.stringValue ?? "" {
        case "FieldsV1": break
        case "": throw PatchError(.failed, "missing fieldsType in managed fields entry \(index)")
        case let other:
            throw PatchError(.failed, "invalid fieldsType \(GoText.quote(other)) in managed fields entry \(index)")
        }
        return ManagedEntry(
            manager: item["manager"]?.stringValue ?? "", operation: operation, apiVersion: apiVersion,
            subresource: item["subresource"]?.stringValue ?? "", time: item["time"]?.stringValue ?? "",
            fields: try FieldSet(fieldsV1: item["fieldsV1"] ?? .null))
    }

    /// The list in upstream's order: appliers first, then by time, manager, version, subresource.
    /// `nil` when nobody owns anything.
    static func encode(_ entries: [ManagedEntry]) -> Value? {
        if entries.isEmpty { return nil }
        // Times are all written by this server, in UTC and whole seconds, so that they sort as texts.
        let sorted = entries.sorted { a, b in
            if a.operation != b.operation { return a.operation < b.operation }
            return (a.time, a.manager, a.apiVersion, a.subresource) < (b.time, b.manager, b.apiVersion, b.subresource)
        }
        return .array(sorted.map(\.value))
    }
}
