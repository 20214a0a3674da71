/// Functions, macros and types that an environment takes in together.
package struct CELLibrary: Sendable {
    package private(set) var overloads: [CELOverload] = []
    private(set) var macros: [Macro] = []
    /// Types that expressions may name.
    private(set) var types: [String: CELType] = [:]

    init() {}

    /// A function without a receiver. The signature is written as `(list(A), int) -> A`; a capital letter is a type
    /// variable.
    mutating func global(
        _ function: String, _ id: String, _ signature: String, isUnguarded: Bool = false, _ body: CELOverload.Body
    ) {
        add(function, id, signature, isMember: false, isUnguarded, body)
    }

    /// A function of a receiver, which comes first in the signature.
    mutating func member(
        _ function: String, _ id: String, _ signature: String, isUnguarded: Bool = false, _ body: CELOverload.Body
    ) {
        add(function, id, signature, isMember: true, isUnguarded, body)
    }

    mutating func add(_ added: [Macro]) { macros += added }
    mutating func add(type: CELType, named name: String) { types[name] = type }

    private mutating func add(
        _ function: String, _ id: String, _ signature: String, isMember: Bool, _ isUnguarded: Bool,
        _ body: CELOverload.Body
    ) {
        var reader = SignatureReader(signature)
        let (parameters, result) = reader.read()
        overloads.append(
            CELOverload(
                id, function: function, isMember: isMember, parameters: parameters, result: result,
                isUnguarded: isUnguarded, body: body))
    }
}

/// Reads types as this room writes them; a mistake is a programmer's and traps.
struct SignatureReader {
    private var rest: Substring

    init(_ text: String) { rest = text[...] }

    mutating func read() -> (parameters: [CELType], result: CELType) {
        let parameters = list()
        take("->")
        return (parameters, type())
    }

    private mutating func list() -> [CELType] {
        var types: [CELType] = []
        take("(")
        while !rest.hasPrefix(")") {
            types.append(type())
            if rest.hasPrefix(",") { take(",") }
        }
        take(")")
        return types
    }

    private mutating func take(_ word: String) {
        precondition(rest.hasPrefix(word), "signature: \(word) expected at \(rest)")
        rest = rest.dropFirst(word.count).drop { $0 == " " }
    }

    mutating func type() -> CELType {
        let name = String(rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "." })
        take(name)
        let parameters = rest.hasPrefix("(") ? list() : []
        switch (name, parameters.count) {
        case ("list", 1): return .list(parameters[0])
        case ("map", 2): return .map(parameters[0], parameters[1])
        case ("type", 1): return .type(parameters[0])
        case ("optional", 1): return .optional(parameters[0])
        default: return SignatureReader.simple[name] ?? SignatureReader.named(name)
        }
    }

    private static func named(_ name: String) -> CELType {
        if name.utf8.count == 1 { return .parameter(name) }
        return name.hasPrefix("net.") ? .opaque(name, []) : .object(name)
    }

    private static let simple: [String: CELType] = [
        "dyn": .dyn, "bool": .bool, "int": .int, "uint": .uint, "double": .double, "string": .string, "bytes": .bytes,
        "timestamp": .timestamp, "duration": .duration, "null": .null,
    ]
}
