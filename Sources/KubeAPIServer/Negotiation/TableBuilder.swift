internal import APIMachinery
internal import APIRegistry
internal import Determinism
internal import KeyValueStore

/// Makes `meta.k8s.io` tables: what `kubectl get` prints.
enum TableBuilder {
    static func table(_ values: [Value], metadata: Value, encoder: ResponseEncoder) -> Value {
        let columns = encoder.resource.columns.isEmpty ? defaultColumns : encoder.resource.columns
        return [
            "apiVersion": .string("meta.k8s.io/" + encoder.type.metaVersion), "kind": "Table", "metadata": metadata,
            "columnDefinitions": .array(columns.map(definition)),
            "rows": .array(values.map { row($0, columns: columns, encoder: encoder) }),
        ]
    }

    static func empty(revision: Revision, _ encoder: ResponseEncoder) -> Value {
        var table = table([], metadata: ["resourceVersion": .string(String(revision))], encoder: encoder)
        // kubectl finds the bookmark's resource version in the object of a row.
        table["rows"] = [[
            "cells": .array(columnCount(encoder)),
            "object": [
                "apiVersion": "meta.k8s.io/v1", "kind": "PartialObjectMetadata",
                "metadata": ["resourceVersion": .string(String(revision))],
            ],
        ]]
        return table
    }

    private static func columnCount(_ encoder: ResponseEncoder) -> [Value] {
        Array(repeating: .null, count: max(encoder.resource.columns.count, defaultColumns.count))
    }

    /// The list metadata of a table that shows a single object.
    static func metadata(of value: Value) -> Value {
        ["resourceVersion": value[path: "metadata", "resourceVersion"] ?? ""]
    }

    private static func definition(_ column: TableColumn) -> Value {
        [
            "name": .string(column.name), "type": .string(column.type), "format": .string(column.format),
            "description": .string(column.description), "priority": .integer(Int64(column.priority)),
        ]
    }

    private static func row(_ value: Value, columns: [TableColumn], encoder: ResponseEncoder) -> Value {
        var row: Value = ["cells": .array(columns.map { $0.cell(value, encoder.moment) })]
        switch encoder.includeObject {
        case "None": break
        case "Object": row["object"] = value
        case _: row["object"] = ResponseEncoder.partial(value, version: encoder.type.metaVersion)
        }
        return row
    }

    /// Upstream's columns for a resource that declares none.
    static let defaultColumns = [
        TableColumn("Name", format: "name", description: "Name must be unique within a namespace.") { value, _ in
            value[path: "metadata", "name"] ?? ""
        },
        TableColumn("Created At", type: "date", description: "CreationTimestamp is when the object was made.") { value, _ in
            value[path: "metadata", "creationTimestamp"] ?? "<unknown>"
        },
    ]
}
