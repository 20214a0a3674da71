internal import APIMachinery

/// YAML that becomes objects: no more than what JSON can say.
enum YAMLBody {
    static func parse(_ bytes: [UInt8]) throws -> [Value] {
        let documents = try YAML.parse(bytes)
        for document in documents {
            if let number = unsayable(document) { throw YAMLBodyError("json: unsupported value: \(number)") }
        }
        return documents
    }

    /// A number that JSON has no text for, as Go writes it.
    private static func unsayable(_ value: Value) -> String? {
        switch value {
        case .double(let number) where number.isNaN: return "NaN"
        case .double(let number) where number.isInfinite: return number > 0 ? "+Inf" : "-Inf"
        case .array(let items): return items.lazy.compactMap(unsayable).first
        case .object(let fields): return fields.elements.lazy.compactMap { unsayable($0.value) }.first
        case .null, .bool, .integer, .double, .string: return nil
        }
    }
}

/// Why YAML cannot become JSON.
struct YAMLBodyError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
