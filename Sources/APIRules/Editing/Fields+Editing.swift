package import APIMachinery

/// Changes in place, for defaulting and preparation: what is not there is left alone, and nothing is copied.
extension Fields {
    /// Go's structs tell neither `""` nor `null` from a field that was not sent.
    package func isUnset(_ name: String) -> Bool {
        switch self[name] {
        case nil, .null?: true
        case .string(let text)?: text.isEmpty
        case _?: false
        }
    }

    package mutating func setDefault(_ name: String, _ value: Value) {
        if isUnset(name) { self[name] = value }
    }

    /// The field's text, empty when there is none.
    package func text(_ name: String) -> String { self[name]?.stringValue ?? "" }

    /// Whether a list or map holds anything.
    package func isEmptyCollection(_ name: String) -> Bool {
        switch self[name] {
        case .array(let items)?: items.isEmpty
        case .object(let fields)?: fields.isEmpty
        case _: true
        }
    }

    package mutating func inObject(_ name: String, _ change: (inout Fields) -> Void) {
        modify(name) { $0.modifyFields(change) }
    }

    /// Like ``inObject(_:_:)``, but makes the object when it is not there.
    package mutating func inNewObject(_ name: String, _ change: (inout Fields) -> Void) {
        setDefault(name, .emptyObject)
        inObject(name, change)
    }

    package mutating func inItems(_ name: String, _ change: (inout Fields) -> Void) {
        modify(name) { value in
            value.modifyItems { items in
                for index in items.indices { items[index].modifyFields(change) }
            }
        }
    }
}
