internal import APIMachinery

extension CELValue {
    /// How the value appears in error messages: a string bare, everything else as Go prints upstream's values.
    package var text: String {
        switch self {
        case .string(let value): value
        case .int(let value): String(value)
        case .uint(let value): String(value)
        case .double(let value): GoNumber.general(value)
        case .bool(let value): String(value)
        case .null: "null"
        case .type(let type): type.runtimeName
        default: literal
        }
    }

    /// As an expression would write the value.
    var literal: String {
        switch self {
        case .null: "null"
        case .bool(let value): String(value)
        case .int(let value): String(value)
        case .uint(let value): "\(value)u"
        case .double(let value):
            value == value.rounded() && value.magnitude < 1e21 ? GoNumber.plain(value) + ".0" : GoNumber.general(value)
        case .string(let value): GoText.quote(value)
        case .bytes(let value): "b\"" + value.map { "\\" + GoBytes.octal($0) }.joined() + "\""
        case .timestamp(let value): "timestamp(\"\(value.text)\")"
        case .duration(let value): "duration(\"\(GoDuration.secondsText(value))\")"
        case .list(let list): "[" + list.values.map(\.literal).joined(separator: ", ") + "]"
        case .map(let map): "{" + map.entries.map { "\($0.literal): \($1.literal)" }.joined(separator: ", ") + "}"
        case .type(let type): type.runtimeName
        case .optional(let optional): optional.value.map { "optional(\($0.text))" } ?? "optional.none()"
        case .object(let object): object.text
        }
    }
}

extension CELMap {
    /// What can be had without a failing computation.
    var entries: [(CELValue, CELValue)] {
        keys.compactMap { key in
            // An entry that cannot be computed has no text.
            (try? find(key)).map { (key, $0) }
        }
    }
}

/// How Go writes bytes.
private enum GoBytes {
    static func octal(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 8)
        return String(repeating: "0", count: 3 - digits.utf8.count) + digits
    }
}
