internal import APIMachinery

/// Labels and selectors as one text: `app=web,tier in (a,b)`.
enum SelectorText {
    /// A map of labels; `<none>` for an empty one.
    static func labels(_ labels: Value?) -> String {
        (labels?.fields() ?? []).map(pair).sorted().joined(separator: ",").orNone
    }

    /// A label selector; `<none>` for one without requirements.
    static func selector(_ selector: Value?) -> String { requirements(selector).orNone }

    /// A label selector; empty for one without requirements.
    static func requirements(_ selector: Value?) -> String {
        guard let selector else { return "" }
        var parts = selector.fields("matchLabels").map { (key: $0.name, text: pair($0)) }
        for expression in selector.items("matchExpressions") {
            let key = expression.text("key")
            parts.append((key, requirement(key, expression.text("operator"), expression.texts("values").sorted())))
        }
        return parts.sorted { $0.key < $1.key }.map(\.text).joined(separator: ",")
    }

    private static func pair(_ label: Fields.Element) -> String { "\(label.name)=\(label.value.stringValue ?? "")" }

    private static func requirement(_ key: String, _ operation: String, _ values: [String]) -> String {
        switch operation {
        case "Exists": key
        case "DoesNotExist": "!" + key
        case "NotIn": "\(key) notin (\(values.joined(separator: ",")))"
        case _: "\(key) in (\(values.joined(separator: ",")))"
        }
    }
}
