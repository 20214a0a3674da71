internal import APIMachinery
internal import APIRegistry
internal import Determinism

/// The kinds of columns that the tables of the built-in resources are made of.
extension TableColumn {
    static let name = TableColumn("Name", format: "name", description: "The object's name.") { object, _ in
        .string(object.name)
    }

    /// Names of classes: the one that an annotation makes the default says so.
    static func nameWithDefault(_ annotations: [String]) -> TableColumn {
        .text("Name", "The object's name.", format: "name") { object in
            let isDefault = annotations.contains { object.text("metadata", "annotations", $0) == "true" }
            return isDefault ? object.name + " (default)" : object.name
        }
    }

    static let age = moment("Age", "Time since the object was made.") { object, moment in
        moment.age(since: object.time("metadata", "creationTimestamp"))
    }

    static func text(
        _ name: String, _ description: String, type: String = "string", format: String = "", wide: Bool = false,
        cell: @escaping @Sendable (Value) -> String
    ) -> TableColumn {
        TableColumn(name, type: type, format: format, description: description, priority: wide ? 1 : 0) { object, _ in
            .string(cell(object))
        }
    }

    static func number(
        _ name: String, _ description: String, type: String = "integer", wide: Bool = false,
        cell: @escaping @Sendable (Value) -> Int64
    ) -> TableColumn {
        TableColumn(name, type: type, description: description, priority: wide ? 1 : 0) { object, _ in
            .integer(cell(object))
        }
    }

    static func flag(
        _ name: String, _ description: String, type: String = "boolean", cell: @escaping @Sendable (Value) -> Bool
    ) -> TableColumn {
        TableColumn(name, type: type, description: description) { object, _ in .bool(cell(object)) }
    }

    /// A text that depends on the time of printing.
    static func moment(
        _ name: String, _ description: String, type: String = "string", wide: Bool = false,
        cell: @escaping @Sendable (Value, TableMoment) -> String
    ) -> TableColumn {
        TableColumn(name, type: type, description: description, priority: wide ? 1 : 0) { object, moment in
            .string(cell(object, moment))
        }
    }
}

/// How cells read objects: what is absent counts as empty.
extension Value {
    func text(_ path: String...) -> String { value(at: path)?.stringValue ?? "" }
    func number(_ path: String...) -> Int64 { value(at: path)?.integerValue ?? 0 }
    func flag(_ path: String...) -> Bool { value(at: path)?.boolValue ?? false }
    func items(_ path: String...) -> [Value] { value(at: path)?.arrayValue ?? [] }
    func fields(_ path: String...) -> [Fields.Element] { value(at: path)?.objectValue?.elements ?? [] }
    func time(_ path: String...) -> Timestamp? {
        value(at: path)?.stringValue.flatMap { Timestamp(rfc3339: $0) }
    }

    /// Whether there is something: an empty object counts, `null` does not.
    func has(_ path: String...) -> Bool { value(at: path).map { !$0.isNull } ?? false }

    /// The strings of a list.
    func texts(_ path: String...) -> [String] { (value(at: path)?.arrayValue ?? []).compactMap(\.stringValue) }

    /// The condition of a type in `status.conditions`.
    func condition(_ type: String) -> Value? {
        items("status", "conditions").first { $0["type"]?.stringValue == type }
    }

    func isTrue(_ condition: String) -> Bool { self.condition(condition)?["status"] == "True" }

    private func value(at path: [String]) -> Value? {
        var value = self
        for name in path {
            guard let next = value[name] else { return nil }
            value = next
        }
        return value
    }
}

extension String {
    /// The text, or what stands for its absence.
    func or(_ absence: String) -> String { isEmpty ? absence : self }
    var orNone: String { or("<none>") }
}
