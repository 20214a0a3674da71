extension Selector {
    /// A LabelSelector as it lies in an object. An absent one selects nothing, an empty one everything.
    package init(_ value: Value?) throws(SelectorError) {
        guard let value else {
            self = .nothing
            return
        }
        try self.init(
            matchLabels: value["matchLabels"]?.stringMap ?? [:],
            matchExpressions: (value["matchExpressions"]?.arrayValue ?? []).map { expression in
                (
                    key: expression["key"]?.stringValue ?? "",
                    operation: expression["operator"]?.stringValue ?? "",
                    values: (expression["values"]?.arrayValue ?? []).compactMap(\.stringValue)
                )
            })
    }
}
