internal import APIMachinery

/// A value as upstream's errors show it where its server has other names for the fields than its API.
struct InternalText: FieldErrorValue, Equatable {
    /// A field of the API, and what is shown of one that is not given.
    typealias Part = (name: String, missing: Value)

    let shownInFieldError: String

    /// How pods are replaced.
    ///
    /// - parts: of the rollout.
    static func strategy(_ strategy: FieldView, _ parts: [Part]) -> InternalText {
        let rolling = strategy["rollingUpdate"]
        let shown = rolling.exists ? rollout(rolling, parts).shownInFieldError : "null"
        return InternalText(
            shownInFieldError: "{\"Type\":\(strategy["type"].text.shownInFieldError),\"RollingUpdate\":\(shown)}")
    }

    static func rollout(_ view: FieldView, _ parts: [Part]) -> InternalText { object(view, parts) }

    /// What an event is about; `null` when it is about nothing.
    static func reference(_ view: FieldView, isOptional: Bool) -> InternalText {
        if isOptional, !view.exists { return plain(view, missing: .null) }
        let names = ["kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath"]
        return object(view, names.map { ($0, "") })
    }

    static func source(_ view: FieldView) -> InternalText { object(view, [("component", ""), ("host", "")]) }

    static func taint(_ view: FieldView) -> InternalText {
        object(view, [("key", ""), ("value", ""), ("effect", ""), ("timeAdded", .null)])
    }

    static func nodeAddress(_ view: FieldView) -> InternalText { object(view, [("type", ""), ("address", "")]) }

    /// Where a kubelet's configuration is.
    static func configSource(_ view: FieldView) -> InternalText {
        let names = ["namespace", "name", "uid", "resourceVersion", "kubeletConfigKey"]
        let map = view["configMap"]
        let shown = map.exists ? object(map, names.map { ($0, "") }).shownInFieldError : "null"
        return InternalText(shownInFieldError: "{\"ConfigMap\":\(shown)}")
    }

    /// From where a volume can be reached.
    static func nodeAffinity(_ view: FieldView) -> InternalText {
        guard view.exists else { return InternalText(shownInFieldError: "null") }
        let requirement: [Part] = [("key", ""), ("operator", ""), ("values", .null)]
        let terms = list(view["required"]["nodeSelectorTerms"]) { term in
            let parts = ["matchExpressions", "matchFields"].map { list(term[$0]) { object($0, requirement) } }
            return InternalText(
                shownInFieldError: "{\"MatchExpressions\":\(parts[0].shownInFieldError)"
                    + ",\"MatchFields\":\(parts[1].shownInFieldError)}")
        }
        let required = view["required"].exists ? "{\"NodeSelectorTerms\":\(terms.shownInFieldError)}" : "null"
        return InternalText(shownInFieldError: "{\"Required\":\(required)}")
    }

    private static func list(_ view: FieldView, _ item: (FieldView) -> InternalText) -> InternalText {
        guard view.exists else { return InternalText(shownInFieldError: "null") }
        return InternalText(
            shownInFieldError: "[\(view.items.map { item($0).shownInFieldError }.joined(separator: ","))]")
    }

    static func plain(_ view: FieldView, missing: Value) -> InternalText {
        InternalText(shownInFieldError: ((view.exists ? view.value : nil) ?? missing).shownInFieldError)
    }

    private static let initials = ["uid": "UID", "apiVersion": "APIVersion"]

    private static func object(_ view: FieldView, _ parts: [Part]) -> InternalText {
        let shown = parts.map { part in
            let name = initials[part.name] ?? "\(part.name.prefix(1).uppercased())\(part.name.dropFirst())"
            return "\"\(name)\":\(plain(view[part.name], missing: part.missing).shownInFieldError)"
        }
        return InternalText(shownInFieldError: "{\(shown.joined(separator: ","))}")
    }
}
