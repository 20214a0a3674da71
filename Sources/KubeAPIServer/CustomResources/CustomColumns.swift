internal import APIMachinery
internal import APIRegistry
internal import Determinism

/// The columns that a definition gives for `kubectl get`.
enum CustomColumns {
    private static let age: Value = [
        "name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp",
        "description": "How long ago the object was made.",
    ]

    static func columns(_ version: Value) -> [TableColumn] {
        let name = TableColumn("Name", format: "name", description: "Name of the object.") { value, _ in
            value[path: "metadata", "name"] ?? ""
        }
        let declared = version["additionalPrinterColumns"]?.arrayValue ?? []
        return [name] + (declared.isEmpty ? [age] : declared).compactMap(column)
    }

    private static func column(_ column: Value) -> TableColumn? {
        let text = column["jsonPath"]?.stringValue ?? ""
        guard let path = JSONPath(text) else { return nil }
        let type = column["type"]?.stringValue ?? "string"
        let description = column["description"]?.stringValue ?? ""
        return TableColumn(
            column["name"]?.stringValue ?? "", type: type, format: column["format"]?.stringValue ?? "",
            description: description.isEmpty
                ? "Custom resource definition column (in JSONPath format): \(text)" : description,
            priority: Int(column["priority"]?.integerValue ?? 0)
        ) { value, moment in
            path.values(in: value).first.map { cell($0, type, moment) } ?? .null
        }
    }

    /// The value as the column's type shows it; `null` when it is of another.
    private static func cell(_ value: Value, _ type: String, _ moment: TableMoment) -> Value {
        switch type {
        case "integer": return value.doubleValue.map { .integer(Int64($0)) } ?? .null
        case "number": return value.doubleValue == nil ? .null : value
        case "boolean": return value.boolValue == nil ? .null : value
        case "date":
            guard let text = value.stringValue else { return .null }
            guard let time = Timestamp(rfc3339: text) else { return "<invalid>" }
            return .string(moment.age(since: time))
        case _:
            if value.isNull { return .null }
            return value.stringValue == nil ? .string(String(decoding: value.json, as: UTF8.self)) : value
        }
    }
}
