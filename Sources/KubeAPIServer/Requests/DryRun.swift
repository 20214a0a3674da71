internal import APIMachinery

/// Requests that only ask what would happen.
enum DryRun {
    private static let all = "All"

    /// Whether these values of `dryRun` ask for it, in a request's parameters or in its options.
    ///
    /// - verb: the request's.
    /// - Throws: for any other value. Who does not want a real write must not get one for having asked badly.
    static func isAsked(by values: [String], verb: String) throws(StatusError) -> Bool {
        guard let kind = kinds[verb] else { return false }
        let unknown = values.filter { $0 != all && !$0.isEmpty }
        guard unknown.isEmpty else {
            throw .invalid(
                GroupVersionKind(group: "meta.k8s.io", version: "v1", kind: kind), "",
                unknown.map { .notSupported("dryRun", $0, [all]) })
        }
        return values.contains(all)
    }

    /// The same of options in a body.
    static func isAsked(by options: Value?, verb: String) throws(StatusError) -> Bool {
        try isAsked(by: (options?["dryRun"]?.arrayValue ?? []).compactMap(\.stringValue), verb: verb)
    }

    private static let kinds = [
        "create": "CreateOptions", "update": "UpdateOptions", "patch": "PatchOptions", "delete": "DeleteOptions",
        "deletecollection": "DeleteOptions",
    ]
}
