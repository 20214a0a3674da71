/// The types of which mutating policies make their patches.
///
/// `JSONPatch` is one operation. `Object` is an object as server-side apply takes it, `Object.spec` what may stand in
/// its field `spec`, and so on: no schema says which fields there are, so any will do.
package enum PatchTypes {
    package static let objectName = "Object"
    package static let patchName = "JSONPatch"

    static let jsonPatch: CELSchema = {
        let text = CELSchema(.string)
        let fields = ["op": text, "path": text, "from": text, "value": CELSchema(.dyn)]
        return CELSchema(
            .object, objectName: patchName,
            fields: Dictionary(uniqueKeysWithValues: fields.map { ($0, CELSchema.Field(property: $0, schema: $1)) }))
    }()

    static func isObject(_ name: String) -> Bool { name == objectName || name.hasPrefix(objectName + ".") }
    static func isPatch(_ name: String) -> Bool { name == patchName || isObject(name) }

    /// Every type name within that is not the path of the field that it stands in, in upstream's words.
    package static func misplaced(_ value: CELValue) -> [String] { misplaced(value, at: value.type.runtimeName) }

    private static func misplaced(_ value: CELValue, at path: String) -> [String] {
        switch value {
        case .map(.structure(let name, let fields)):
            let expectation = "expected \"\(path)\", which matches field name path from root Object type"
            let own = name == path ? [] : ["unexpected type name \"\(name)\", \(expectation)"]
            return zip(fields.keys, fields.values).reduce(own) { $0 + misplaced($1.1, at: "\(path).\($1.0.text)") }
        case .map(.dictionary(let entries)): return entries.values.flatMap { misplaced($0, at: path) }
        case .list(.values(let items)): return items.flatMap { misplaced($0, at: path) }
        default: return []
        }
    }
}
