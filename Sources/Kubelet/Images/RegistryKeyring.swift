internal import APIMachinery
package import APITypes
package import ContainerRuntime

/// Credentials from pull secrets, and which of them fit an image.
package struct RegistryKeyring: Sendable {
    private var entries: [(location: String, credentials: RegistryCredentials)] = []

    package init(_ secrets: [Secret]) {
        for secret in secrets {
            switch secret.type {
            case "kubernetes.io/dockerconfigjson":
                guard let value = Self.json(secret.data[".dockerconfigjson"]) else { continue }
                add(value["auths"])
            case "kubernetes.io/dockercfg":
                add(Self.json(secret.data[".dockercfg"]))
            default:
                continue
            }
        }
        // The longest location is the most particular one.
        entries.sort { ($0.location.count, $0.location) > ($1.location.count, $1.location) }
    }

    /// All that fit, the most particular first.
    package func credentials(for image: ImageReference) -> [RegistryCredentials] {
        let registry = image.registry == "docker.io" ? "index.docker.io" : image.registry
        return entries.filter { Self.fits($0.location, registry: registry, repository: image.repository) }
            .map(\.credentials)
    }

    private static func json(_ bytes: [UInt8]?) -> Value? {
        // A secret that is no JSON has no credentials in it.
        bytes.flatMap { try? Value(json: $0) }
    }

    private mutating func add(_ auths: Value?) {
        for field in auths?.objectValue?.elements ?? [] {
            var credentials = RegistryCredentials()
            credentials.username = field.value["username"]?.stringValue ?? ""
            credentials.password = field.value["password"]?.stringValue ?? ""
            credentials.auth = field.value["auth"]?.stringValue ?? ""
            credentials.identityToken = field.value["identitytoken"]?.stringValue ?? ""
            if credentials.username.isEmpty, let plain = Base64.decode(Array(credentials.auth.utf8)) {
                let parts = String(decoding: plain, as: UTF8.self).split(separator: ":", maxSplits: 1)
                if parts.count == 2 {
                    credentials.username = String(parts[0])
                    credentials.password = String(parts[1])
                }
            }
            credentials.auth = ""
            entries.append((Self.location(field.name), credentials))
        }
    }

    /// Host and path without scheme and API version.
    private static func location(_ key: String) -> String {
        var text = Substring(key)
        for scheme in ["https://", "http://"] where text.hasPrefix(scheme) { text = text.dropFirst(scheme.count) }
        while text.hasSuffix("/") { text = text.dropLast() }
        for version in ["/v1", "/v2"] where text.hasSuffix(version) { text = text.dropLast(version.count) }
        return text == "docker.io" ? "index.docker.io" : String(text)
    }

    private static func fits(_ location: String, registry: String, repository: String) -> Bool {
        let parts = location.split(separator: "/", maxSplits: 1).map(String.init)
        guard let host = parts.first, hostFits(host, registry) else { return false }
        guard parts.count == 2 else { return true }
        return repository == parts[1] || repository.hasPrefix(parts[1] + "/")
    }

    /// `*` stands for one label of the host's name or a part of it at its end.
    private static func hostFits(_ pattern: String, _ host: String) -> Bool {
        let wanted = pattern.split(separator: ".")
        let given = host.split(separator: ".")
        guard wanted.count == given.count else { return false }
        return zip(wanted, given).allSatisfy { pattern, label in
            guard let star = pattern.firstIndex(of: "*") else { return pattern == label }
            let head = pattern[..<star]
            let tail = pattern[pattern.index(after: star)...]
            return label.count >= head.count + tail.count && label.hasPrefix(head) && label.hasSuffix(tail)
        }
    }
}
