package import APIMachinery
package import ClusterPKI
package import Determinism

/// Tokens by which a machine joins: secrets of kube-system, as `kubeadm token` makes them.
package struct BootstrapTokens: TokenAuthenticator {
    private static let defaultGroup = "system:bootstrappers"
    private static let groupLengthMax = 256

    let objects: ObjectLookup
    let time: any Timekeeper

    package func recognize(_ text: String, audiences: [String]?) -> TokenFinding {
        guard let token = BootstrapToken(text) else { return .foreign }
        // A token whose secret is not there is nobody's.
        let secret = try? objects.get("secrets", token.secretName, namespace: "kube-system")
        return Self.finding(token, secret, now: time.now)
    }

    /// What its secret says of a token. Pure.
    package static func finding(_ token: BootstrapToken, _ secret: Value?, now: Timestamp) -> TokenFinding {
        guard let secret, secret["type"] == "bootstrap.kubernetes.io/token",
            secret[path: "metadata", "deletionTimestamp"] == nil
        else { return .foreign }
        func text(_ key: String) -> String {
            let encoded = secret["data"]?.text(key) ?? ""
            return Base64.decode(Array(encoded.utf8)).map { String(decoding: $0, as: UTF8.self) } ?? ""
        }
        guard isEqual(text("token-secret"), token.secret), text("token-id") == token.id else { return .foreign }
        let expiration = text("expiration")
        if !expiration.isEmpty {
            guard let end = Timestamp(rfc3339: expiration), now <= end else { return .foreign }
        }
        guard text("usage-bootstrap-authentication") == "true" else { return .foreign }
        var groups = [defaultGroup]
        for name in text("auth-extra-groups").split(separator: ",").map({ $0.trimmed }) {
            guard isGroup(name) else { return .rejected("bootstrap group \"\(name)\" is invalid") }
            if !groups.contains(name) { groups.append(name) }
        }
        return .user(UserInfo(name: token.userName, groups: groups), audiences: nil)
    }

    /// `system:bootstrappers:` and something that ends in a letter or digit.
    private static func isGroup(_ name: String) -> Bool {
        let prefix = defaultGroup + ":"
        guard name.hasPrefix(prefix), !name.hasSuffix(":"), !name.hasSuffix("-") else { return false }
        let rest = name.utf8.dropFirst(prefix.utf8.count)
        return !rest.isEmpty && rest.count <= groupLengthMax
            && rest.allSatisfy { (0x61...0x7a).contains($0) || (0x30...0x3a).contains($0) || $0 == UInt8(ascii: "-") }
    }

    /// All bytes are looked at, so that the time says nothing of where they differ.
    private static func isEqual(_ left: String, _ right: String) -> Bool {
        guard left.utf8.count == right.utf8.count else { return false }
        return zip(left.utf8, right.utf8).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
