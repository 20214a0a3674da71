package import APIMachinery

/// How one key of an OpenAPI document lies in gnostic's protobuf form of it.
package indirect enum GnosticKind: Sendable {
    case text
    case flag
    case integer
    case number
    /// Any JSON, kept as text.
    case any
    case message(@Sendable () -> GnosticMessage)
    /// A message whose type, and the fields that enclose it, depend on the value: outermost number first.
    case choice(@Sendable (Value) -> (enclosing: [Int], kind: GnosticKind))
    case list(GnosticKind)
    /// A JSON object as a list of names and values.
    case map(GnosticKind)
    /// All of it inside of a message that has nothing else, at a number of its own.
    case enclosed(number: Int, GnosticKind)
}

/// How one object of an OpenAPI document lies in gnostic's protobuf form of it.
package struct GnosticMessage: Sendable {
    let fields: [String: (number: Int, kind: GnosticKind)]
    /// The number of the list that has the keys that begin with `x-`.
    let extensions: Int
    /// Where keys go that are not in `fields`: paths and response codes.
    let others: (number: Int, kind: GnosticKind)?

    init(
        _ fields: [String: (number: Int, kind: GnosticKind)], extensions: Int = 0,
        others: (number: Int, kind: GnosticKind)? = nil
    ) {
        self.fields = fields
        self.extensions = extensions
        self.others = others
    }
}

/// Writes OpenAPI documents in gnostic's protobuf, which Kubernetes' clients prefer because it is faster to read.
package enum GnosticEncoder {
    /// The fields of one message.
    static func encode(_ value: Value, _ message: GnosticMessage) -> [UInt8] {
        var bytes: [UInt8] = []
        for field in value.objectValue ?? Fields() {
            if let known = message.fields[field.name] {
                append(field.value, known.kind, known.number, to: &bytes)
            } else if field.name.hasPrefix("x-"), message.extensions > 0 {
                append(named(field.name, field.value, .any), message.extensions, to: &bytes)
            } else if let others = message.others {
                append(named(field.name, field.value, others.kind), others.number, to: &bytes)
            }
        }
        return bytes
    }

    /// The message of a name and a value.
    package static func named(_ name: String, _ value: Value, _ kind: GnosticKind) -> [UInt8] {
        var bytes: [UInt8] = []
        append(Array(name.utf8), 1, to: &bytes)
        append(value, kind, 2, to: &bytes)
        return bytes
    }

    /// A field whose contents are bytes: a message or a text.
    static func append(_ contents: [UInt8], _ number: Int, to bytes: inout [UInt8]) {
        appendKey(number, wireType: 2, to: &bytes)
        appendVarint(UInt64(contents.count), to: &bytes)
        bytes.append(contentsOf: contents)
    }

    private static func append(_ value: Value, _ kind: GnosticKind, _ number: Int, to bytes: inout [UInt8]) {
        switch kind {
        case .text:
            append(Array((value.stringValue ?? "").utf8), number, to: &bytes)
        case .flag:
            appendKey(number, wireType: 0, to: &bytes)
            bytes.append(value.boolValue == true ? 1 : 0)
        case .integer:
            appendKey(number, wireType: 0, to: &bytes)
            appendVarint(UInt64(bitPattern: value.integerValue ?? 0), to: &bytes)
        case .number:
            appendKey(number, wireType: 1, to: &bytes)
            let bits = (value.doubleValue ?? 0).bitPattern
            for shift in stride(from: 0, to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: bits >> shift)) }
        case .any:
            var text: [UInt8] = []
            append(value.json, 2, to: &text)
            append(text, number, to: &bytes)
        case .message(let message):
            append(encode(value, message()), number, to: &bytes)
        case .choice(let choose):
            let (enclosing, kind) = choose(value)
            append(value, enclosing.reversed().reduce(kind) { .enclosed(number: $1, $0) }, number, to: &bytes)
        case .list(let element):
            for item in value.arrayValue ?? [] { append(item, element, number, to: &bytes) }
        case .map(let element):
            for field in value.objectValue ?? Fields() {
                append(named(field.name, field.value, element), number, to: &bytes)
            }
        case .enclosed(let inner, let kind):
            var contents: [UInt8] = []
            append(value, kind, inner, to: &contents)
            append(contents, number, to: &bytes)
        }
    }

    private static func appendKey(_ number: Int, wireType: UInt64, to bytes: inout [UInt8]) {
        appendVarint(UInt64(number) << 3 | wireType, to: &bytes)
    }

    static func appendVarint(_ value: UInt64, to bytes: inout [UInt8]) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}
