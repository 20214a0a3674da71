package import APIMachinery

/// What extension API servers read to know whom to believe: the ConfigMap `extension-apiserver-authentication`. Several
/// API servers may have different authorities while these change, so each adds its own and takes none away.
package enum PublishedTrustPlan {
    static let namespace = "kube-system"
    static let name = "extension-apiserver-authentication"

    /// The object as it has to be; `nil` when it is so already.
    /// - clientAuthority: PEM certificates that sign clients.
    package static func decide(
        _ existing: Value?, clientAuthority: String, requestHeader: RequestHeaderOptions?
    ) -> Value? {
        let data = existing?["data"] ?? .emptyObject
        var wanted = data
        func add(_ key: String, authority: String) {
            let known = blocks(data[key]?.stringValue ?? "")
            wanted[key] = .string((known + blocks(authority).filter { !known.contains($0) }).joined())
        }
        func add(_ key: String, _ names: [String]) {
            let known = list(data[key])
            let all = known + names.filter { !known.contains($0) }
            wanted[key] = .string(String(decoding: Value.array(all.map(Value.string)).json, as: UTF8.self))
        }
        add("client-ca-file", authority: clientAuthority)
        if let requestHeader {
            add("requestheader-client-ca-file", authority: requestHeader.authority)
            add("requestheader-allowed-names", requestHeader.allowedNames)
            add("requestheader-username-headers", requestHeader.userHeaders)
            add("requestheader-uid-headers", requestHeader.uidHeaders)
            add("requestheader-group-headers", requestHeader.groupHeaders)
            add("requestheader-extra-headers-prefix", requestHeader.extraPrefixes)
        }
        guard existing == nil || wanted != data else { return nil }
        var object = existing ?? [
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": ["name": .string(name), "namespace": .string(namespace)],
        ]
        object["data"] = wanted
        return object
    }

    private static func list(_ value: Value?) -> [String] {
        // A list that nobody can read is written anew.
        guard let text = value?.stringValue, let list = try? Value(json: Array(text.utf8)) else { return [] }
        return (list.arrayValue ?? []).compactMap(\.stringValue)
    }

    /// The certificates of a PEM text, each with the line break after it.
    private static func blocks(_ text: String) -> [String] {
        var blocks: [String] = []
        var lines: [Substring] = []
        for line in text.split(separator: "\n") {
            if line.hasPrefix("-----BEGIN") { lines = [] }
            lines.append(line)
            if line.hasPrefix("-----END") { blocks.append(lines.joined(separator: "\n") + "\n") }
        }
        return blocks
    }
}
