/// A service account, and the user and groups that it is to the API server.
package struct ServiceAccountName: Sendable, Hashable {
    package var namespace: String
    package var name: String

    package init(namespace: String, name: String) {
        self.namespace = namespace
        self.name = name
    }

    private static let prefix = "system:serviceaccount:"

    /// Reads `system:serviceaccount:NAMESPACE:NAME`; `nil` for any other user.
    package init?(userName: String) {
        guard userName.hasPrefix(Self.prefix) else { return nil }
        let parts = userName.dropFirst(Self.prefix.count).split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { return nil }
        self.init(namespace: String(parts[0]), name: String(parts[1]))
    }

    package var userName: String { "\(Self.prefix)\(namespace):\(name)" }

    package var groups: [String] { ["system:serviceaccounts", "system:serviceaccounts:" + namespace] }
}
