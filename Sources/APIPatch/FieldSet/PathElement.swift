package import APIMachinery

/// The texts of path elements in `fieldsV1`: `f:` field, `k:` list item by its keys, `v:` item of a
/// set by its value, `i:` item by its index.
package enum PathElement {
    package static func field(_ name: String) -> String { "f:" + name }

    /// An item of a set.
    package static func value(_ value: Value) -> String { "v:" + json(value) }

    /// An item of a list with keys.
    package static func keys(_ keys: Fields) -> String { "k:" + json(.object(keys)) }

    private static func json(_ value: Value) -> String { String(decoding: value.json, as: UTF8.self) }

    /// Has a letter and a colon. Unknown letters are let pass: a later version may know them.
    static func isWellFormed(_ text: String) -> Bool {
        var bytes = text.utf8.makeIterator()
        return bytes.next() != nil && bytes.next() == UInt8(ascii: ":")
    }

    /// As messages show it: `.spec`, `[name="a"]`, `[="a"]`, `[0]`.
    static func readable(_ text: String) -> String {
        let content = String(text.dropFirst(2))
        if text.hasPrefix("f:") { return "." + content }
        if text.hasPrefix("i:") { return "[\(content)]" }
        guard let value = parse(content) else { return "[\(content)]" }
        if text.hasPrefix("v:") { return "[=\(readable(value))]" }
        let keys = value.objectValue ?? Fields()
        return "[" + keys.map { "\($0.name)=\(readable($0.value))" }.joined(separator: ",") + "]"
    }

    private static func parse(_ json: String) -> Value? {
        // What is no JSON is shown as it is; the set came from a client.
        try? Value(json: json)
    }

    private static func readable(_ value: Value) -> String {
        switch value {
        case .string(let text): GoText.quote(text)
        case .null: "null"
        default: GoFormat.plain(value)
        }
    }
}
