package import APIMachinery

/// How objects lie in the store (`apiserver.config.k8s.io/v1` EncryptionConfiguration).
package struct EncryptionConfiguration: Sendable {
    struct Key: Sendable {
        let name: String
        let secret: [UInt8]
    }

    enum Provider: Sendable {
        case identity
        case aesgcm([Key])
        case aescbc([Key])
        case secretbox([Key])
        case keyManager(KeyManagerSettings)
    }

    /// The key management services that somebody is to be asked about.
    var keyManagers: [KeyManagerSettings] {
        providers.values.joined().compactMap { if case .keyManager(let settings) = $0 { settings } else { nil } }
    }

    /// For each resource, wildcards included, who writes and who reads; the first writes.
    let providers: [GroupResource: [Provider]]

    /// Who is asked about a resource: its own entry, then its group's, then everybody's.
    func providers(of resource: GroupResource) -> [Provider]? {
        providers[resource] ?? providers[GroupResource(group: resource.group, resource: "*")]
            ?? providers[GroupResource(group: "*", resource: "*")]
    }

    private static let keys: ConfigurationShape = .object([
        "keys": .list(.object(["name": .string, "secret": .string]))
    ])

    private static let shape: [String: ConfigurationShape] = [
        "resources": .list(
            .object([
                "resources": .strings,
                "providers": .list(
                    .object([
                        "aesgcm": keys, "aescbc": keys, "secretbox": keys, "identity": .object([:]),
                        "kms": .object([
                            "apiVersion": .string, "name": .string, "cachesize": .integer, "endpoint": .string,
                            "timeout": .duration,
                        ]),
                    ])),
            ]))
    ]

    /// Reads the file that is at `path`. Errors never tell a secret.
    package init(_ bytes: [UInt8], path: String) throws(ConfigurationError) {
        guard !bytes.isEmpty else {
            throw ConfigurationError(
                "error while loading file: encryption provider configuration file \"\(path)\" is empty")
        }
        let document: ConfigurationDocument
        do throws(ConfigurationError) {
            document = try ConfigurationDocument(
                strictly: bytes, group: "apiserver.config.k8s.io", versions: ["v1"], kind: "EncryptionConfiguration",
                shape: Self.shape)
        } catch {
            throw ConfigurationError(
                "error decoding encryption provider configuration file \"\(path)\": \(error.message)")
        }
        let entries = document.value.items("resources")
        try ConfigurationError.check(EncryptionRules.errors(entries))
        var providers: [GroupResource: [Provider]] = [:]
        for entry in entries {
            let own = try entry.items("providers").map(Self.provider)
            for name in entry.texts("resources") {
                let resource = GroupResource(configured: name)
                for mask in ["*.\(resource.group)", "*.*"] where providers[GroupResource(configured: mask)] != nil {
                    throw ConfigurationError(
                        "error while building transformers: resource \"\(name)\" is masked by earlier rule \"\(mask)\"")
                }
                providers[resource, default: []] += own
            }
        }
        self.providers = providers
    }

    private static func provider(_ value: Value) throws(ConfigurationError) -> Provider {
        if let service = value["kms"], service.objectValue != nil {
            guard service.text("apiVersion") == "v2" else { throw ConfigurationError(KeyManagerSettings.firstVersion) }
            return .keyManager(KeyManagerSettings(service))
        }
        func keys(_ provider: String) -> [Key]? {
            value[provider].map { provider in
                provider.items("keys").map {
                    Key(name: $0.text("name"), secret: Base64.decode(Array($0.text("secret").utf8)) ?? [])
                }
            }
        }
        if let keys = keys("aesgcm") { return .aesgcm(keys) }
        if let keys = keys("aescbc") { return .aescbc(keys) }
        if let keys = keys("secretbox") { return .secretbox(keys) }
        return .identity
    }
}

extension GroupResource {
    /// `secrets`, `deployments.apps`, `*.apps`, `*.` and `*.*`.
    fileprivate init(configured text: String) {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        self.init(group: parts.count > 1 ? String(parts[1]) : "", resource: String(parts[0]))
    }
}

/// What must hold for such a configuration; upstream's rules and words
/// (`apiserver/pkg/apis/apiserver/validation/validation_encryption.go`).
private enum EncryptionRules {
    static func errors(_ entries: [Value]) -> [FieldError] {
        guard !entries.isEmpty else { return [.required("resources", "at least one resources is required")] }
        var keyManagers: Set<String> = []
        return entries.enumerated().flatMap { errors($0.element, "resources[\($0.offset)]", &keyManagers) }
    }

    /// - keyManagers: the names of key management services so far.
    private static func errors(_ entry: Value, _ path: String, _ keyManagers: inout Set<String>) -> [FieldError] {
        let names = entry.texts("resources")
        let place = "\(path).resources"
        var errors: [FieldError] = []
        if names.isEmpty { errors.append(.required(place, "at least one \(place) is required")) }
        errors += overlaps(names, place)
        for (index, name) in names.enumerated() {
            if let problem = problem(name) { errors.append(.invalid("\(place)[\(index)]", name, problem)) }
        }
        let providers = entry.items("providers")
        if providers.isEmpty {
            errors.append(.required("\(path).providers", "at least one \(path).providers is required"))
        }
        for (index, provider) in providers.enumerated() {
            errors += self.errors(provider: provider, "\(path).providers[\(index)]", &keyManagers)
        }
        return errors
    }

    private static func overlaps(_ names: [String], _ path: String) -> [FieldError] {
        guard names.count > 1 else { return [] }
        let resources = names.map(GroupResource.init(configured:))
        let all = GroupResource(group: "*", resource: "*")
        var errors: [FieldError] = []
        if Set(resources).count < resources.count {
            errors.append(
                .invalid(path, Value.strings(names), "the same resource cannot be specified multiple times"))
        }
        let hasOverlap = resources.indices.contains { one in
            resources.indices.contains { other in
                guard one != other, resources[one] != resources[other] else { return false }
                return resources[one] == all
                    || resources[one].group == resources[other].group && resources[one].resource == "*"
            }
        }
        if hasOverlap {
            errors.append(
                .invalid(
                    path, Value.strings(names),
                    "using overlapping resources such as 'secrets' and '*.' in the same resource list is not allowed "
                        + "as they will be masked"))
        }
        return errors
    }

    private static func problem(_ name: String) -> String? {
        let resource = GroupResource(configured: name)
        if name.lowercased() != name { return "resource name should not contain capital letters" }
        if name == "*" {
            return "use '*.' to encrypt all the resources from core API group or *.* to encrypt all resources"
        }
        if ["apiserveripinfo", "serviceipallocations", "servicenodeportallocations"].contains(name) {
            return "resources which do not have REST API/s cannot be encrypted"
        }
        if resource.group == "events.k8s.io" {
            return "'*.events.k8s.io' objects are stored using the 'events' API group in etcd. Use 'events' instead in "
                + "the config file"
        }
        if resource.group == "extensions" {
            return "'extensions' group has been removed and cannot be used for encryption"
        }
        if resource.group == "*", resource.resource != "*" {
            return "encrypting the same resource across groups is not supported"
        }
        return nil
    }

    private static func errors(
        provider: Value, _ path: String, _ keyManagers: inout Set<String>
    ) -> [FieldError] {
        let names = ["kms", "aesgcm", "aescbc", "secretbox", "identity"].filter { provider[$0]?.objectValue != nil }
        guard let name = names.first else {
            return [
                .invalid(
                    path, Value.emptyObject,
                    "provider does not contain any of the expected providers: KMS, AESGCM, AESCBC, Secretbox, Identity")
            ]
        }
        guard names.count == 1 else {
            return [
                .invalid(
                    path, Value.strings(names),
                    "more than one provider specified in a single element, should split into different list elements")
            ]
        }
        switch name {
        case "identity": return []
        case "kms": return KeyManagerRules.errors(provider["kms"] ?? .emptyObject, "\(path).kms", &keyManagers)
        case _: return errors(keys: provider[name], "\(path).\(name).keys", name == "secretbox" ? [32] : [16, 24, 32])
        }
    }

    private static func errors(keys provider: Value?, _ path: String, _ lengths: [Int]) -> [FieldError] {
        let keys = provider?.items("keys") ?? []
        guard !keys.isEmpty else { return [.required(path, "at least one keys is required")] }
        return keys.enumerated().flatMap { index, key in
            var errors: [FieldError] = []
            let place = "\(path)[\(index)]"
            if key.text("name").isEmpty {
                errors.append(.required("\(place).name", "name is a mandatory field for a key"))
            }
            let secret = key.text("secret")
            if secret.isEmpty {
                errors.append(.required("\(place).secret", "secret is a mandatory field for a key"))
            } else if let bytes = Base64.decode(Array(secret.utf8)) {
                if !lengths.contains(bytes.count) {
                    let all = lengths.map(String.init).joined(separator: " ")
                    errors.append(
                        .invalid(
                            "\(place).secret", "REDACTED",
                            "secret is not of the expected length, got \(bytes.count), expected one of [\(all)]"))
                }
            } else {
                errors.append(.invalid("\(place).secret", "REDACTED", "secrets must be base64 encoded"))
            }
            return errors
        }
    }
}
