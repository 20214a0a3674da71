package import APIClient
internal import APIMachinery

/// What the path and method of a request ask for (upstream's `RequestInfo`).
package struct RequestInfo: Sendable, Equatable {
    package var isResourceRequest = false
    package var path = ""
    package var verb = ""
    package var group = ""
    package var version = ""
    package var namespace = ""
    package var resource = ""
    package var subresource = ""
    package var name = ""
    /// What follows the subresource: the path behind `proxy`.
    package var rest: [String] = []

    /// Reads `/api/v1/namespaces/NS/pods/NAME/SUB`, `/apis/GROUP/VERSION/...`; other paths are no resource requests.
    package init(method: APIRequest.Method, path: String, query: QueryParameters) {
        self.path = path
        verb = method.rawValue.lowercased()
        var parts = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()[...]
        let trailingSlash = parts.last == ""
        if trailingSlash { parts = parts.dropLast() }
        guard let root = parts.popFirst(), root == "api" || root == "apis" else { return }
        if root == "apis" {
            guard parts.count >= 3, let group = parts.popFirst() else { return }
            self.group = String(group)
        } else {
            guard parts.count >= 2 else { return }
        }
        version = String(parts.removeFirst())
        isResourceRequest = true
        if parts.first == "watch" {
            // The old form of a watch: /api/v1/watch/...
            parts = parts.dropFirst()
            verb = "watch"
        }
        readNamespace(&parts)
        resource = decoded(parts.popFirst())
        name = decoded(parts.popFirst())
        subresource = decoded(parts.popFirst())
        rest = parts.map(String.init) + (trailingSlash && !subresource.isEmpty ? [""] : [])
        verb = Self.verb(method, isWatch: verb == "watch" || (name.isEmpty && query.truth("watch") == true),
            hasName: !name.isEmpty)
        if name.isEmpty, ["list", "watch"].contains(verb) { name = Self.selectedName(query) }
    }

    /// A list or watch that selects one name is about that object, and is authorized as such.
    private static func selectedName(_ query: QueryParameters) -> String {
        guard let text = query["fieldSelector"], text.contains("metadata.name"),
            // A selector that cannot be read is refused later, with its own message.
            let selector = try? FieldSelector(parsing: text)
        else { return "" }
        return selector.exactValue(of: "metadata.name") ?? ""
    }

    private mutating func readNamespace(_ parts: inout ArraySlice<Substring>) {
        guard parts.first == "namespaces" else { return }
        guard parts.count > 1 else { return }
        namespace = decoded(parts[parts.startIndex + 1])
        // `namespaces/NAME` and its own subresources are about the namespace itself.
        let next = parts.count > 2 ? parts[parts.startIndex + 2] : ""
        guard parts.count > 2, next != "status", next != "finalize" else { return }
        parts = parts.dropFirst(2)
    }

    private static func verb(_ method: APIRequest.Method, isWatch: Bool, hasName: Bool) -> String {
        switch method {
        case .post: "create"
        case .put: "update"
        case .patch: "patch"
        case .delete: hasName ? "delete" : "deletecollection"
        case .get, .head: isWatch ? "watch" : hasName ? "get" : "list"
        case .options: "options"
        }
    }

    private func decoded(_ part: Substring?) -> String {
        guard let part else { return "" }
        return PercentEncoding.decode(part) ?? String(part)
    }
}
