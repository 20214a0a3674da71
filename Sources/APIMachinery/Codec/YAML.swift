/// YAML as Kubernetes reads and writes it (sigs.k8s.io/yaml): version 1.1, so that `yes` and `on` are booleans,
/// and no more than what JSON can say.
package enum YAML {
    /// Collections inside of collections.
    package static let depthMax = 512
    /// How many values aliases may add to a text, against bombs of few bytes and billions of values.
    package static let aliasedValuesMax = 100_000

    /// The documents of a text, empty ones left out. Of a key that occurs twice, the last value counts.
    package static func parse(_ text: [UInt8]) throws(YAMLError) -> [Value] {
        var duplicates: [String] = []
        return try parse(text, duplicates: &duplicates)
    }

    /// Also reports keys that occur twice, as strict decoding does: `line 3: key "a" already set in map`.
    package static func parse(_ text: [UInt8], duplicates: inout [String]) throws(YAMLError) -> [Value] {
        let reader = YAMLReader()
        let documents = try reader.read(text)
        duplicates = reader.duplicates
        return documents
    }

    /// One document with sorted keys, as kubectl prints it.
    package static func text(_ value: Value) -> String { YAMLWriter().write(value) }

    /// Documents with `---` between them.
    package static func text(documents: [Value]) -> String {
        documents.map(text).joined(separator: "---\n")
    }
}

/// Why a text is no YAML, in the words of Go's package.
package struct YAMLError: Error, Sendable, Equatable, CustomStringConvertible {
    package let message: String
    package var description: String { message }
}
