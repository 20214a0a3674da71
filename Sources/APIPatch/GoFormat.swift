internal import APIMachinery

/// How Go prints values: parts of messages that clients see.
enum GoFormat {
    /// `%v` of a decoded JSON value: `map[a:1 b:[x y]]`.
    static func plain(_ value: Value) -> String {
        switch value {
        case .null: "<nil>"
        case .bool(let value): String(value)
        case .integer(let value): String(value)
        case .double(let value): number(value)
        case .string(let value): value
        case .array(let items): "[" + items.map(plain).joined(separator: " ") + "]"
        case .object(let fields):
            "map[" + fields.map { "\($0.name):\(plain($0.value))" }.joined(separator: " ") + "]"
        }
    }

    static func number(_ value: Double) -> String {
        Int64(exactly: value).map(String.init) ?? value.description
    }

    /// The Go type that `encoding/json` decodes the value into, as `%s` prints that of a `nil`.
    static func typeName(_ value: Value) -> String { GoText.typeName(value) ?? "%!s(<nil>)" }
}
