extension Value {
    package static func strings(_ strings: [String]) -> Value { .array(strings.map { .string($0) }) }

    package static func stringMap(_ map: [String: String]) -> Value {
        .object(Fields(unsorted: map.map { Fields.Element(name: $0.key, value: .string($0.value)) }))
    }

    /// The strings of an object, other values skipped.
    package var stringMap: [String: String] {
        var map: [String: String] = [:]
        for field in objectValue ?? Fields() { map[field.name] = field.value.stringValue }
        return map
    }
}
