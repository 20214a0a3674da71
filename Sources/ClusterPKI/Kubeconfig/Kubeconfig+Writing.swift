internal import APIMachinery

extension Kubeconfig {
    /// Writes the file for its owner alone, replacing it as a whole.
    package func write(to path: String) throws { try SecretFile.write(yaml, to: path) }

    /// The file's text, in the order in which kubectl writes it.
    package var yaml: String {
        var lines = ["apiVersion: v1", "clusters:", "- cluster:"]
        lines += source("certificate-authority", certificateAuthority)
        if isTLSVerificationSkipped { lines.append("    insecure-skip-tls-verify: true") }
        lines.append(field("server", server))
        if !tlsServerName.isEmpty { lines.append(field("tls-server-name", tlsServerName)) }
        lines += ["  name: \(quoted(clusterName))", "contexts:", "- context:", field("cluster", clusterName)]
        if !namespace.isEmpty { lines.append(field("namespace", namespace)) }
        lines += [field("user", userName), "  name: \(quoted(contextName))"]
        lines += ["current-context: \(quoted(contextName))", "kind: Config", "users:", "- name: \(quoted(userName))"]
        let user = userLines
        lines += user.isEmpty ? ["  user: {}"] : ["  user:"] + user
        return lines.joined(separator: "\n") + "\n"
    }

    private var userLines: [String] {
        var lines = source("client-certificate", clientCertificate) + source("client-key", clientKey)
        if !token.isEmpty { lines.append(field("token", token)) }
        if !tokenFile.isEmpty { lines.append(field("tokenFile", tokenFile)) }
        return lines
    }

    private func source(_ name: String, _ source: Source?) -> [String] {
        switch source {
        case .data(let bytes): [field(name + "-data", Base64.encode(bytes))]
        case .file(let path): [field(name, path)]
        case nil: []
        }
    }

    private func field(_ name: String, _ value: String) -> String { "    \(name): \(quoted(value))" }

    /// Plain where YAML cannot take it for anything else, else as a JSON string, which YAML reads.
    private func quoted(_ text: String) -> String {
        let isPlain =
            text.utf8.first.map { ($0 | 0x20) >= 0x61 && ($0 | 0x20) <= 0x7a } ?? false
            && text.utf8.allSatisfy(Self.plainBytes.contains) && !text.hasSuffix(":")
            && !Self.reservedWords.contains(text.lowercased())
        return isPlain ? text : String(decoding: Value.string(text).json, as: UTF8.self)
    }

    private static let plainBytes = Set(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:@+=".utf8)
    private static let reservedWords: Set<String> = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"]
}
