/// Something that reads bytes from outside.
package struct FuzzTarget: Sendable, CustomStringConvertible {
    package let name: String
    /// Examples to begin with.
    package let examples: [[UInt8]]
    /// What the language is made of, such as quotes and brackets.
    package let tokens: [String]
    /// Reads an input or refuses it. Throws when what was read does not hold.
    package let run: @Sendable (_ input: [UInt8]) throws -> Void

    init(
        _ name: String, examples: [[UInt8]], tokens: [String], _ run: @escaping @Sendable ([UInt8]) throws -> Void
    ) {
        self.name = name
        self.examples = examples
        self.tokens = tokens
        self.run = run
    }

    init(
        _ name: String, texts: [String], tokens: [String], _ run: @escaping @Sendable (String) throws -> Void
    ) {
        self.init(name, examples: texts.map { Array($0.utf8) }, tokens: tokens) { (input) throws in
            try run(String(decoding: input, as: UTF8.self))
        }
    }

    package var description: String { name }

    package static let all: [FuzzTarget] =
        [json, yaml, cbor, protobuf] + [jsonPatch, mergePatch, strategicMergePatch]
        + [cel, pattern, quantity, labelSelector, fieldSelector, time, duration, address]
        + [query, requestInfo, http2, webSocket, spdy]
}

/// What does not hold.
package struct FuzzFinding: Error, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }

    static func check(_ isTrue: Bool, _ complaint: @autoclosure () -> String) throws {
        if !isTrue { throw FuzzFinding(complaint()) }
    }
}
