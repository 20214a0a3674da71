package import APIMachinery
package import ClusterPKI

/// Authorizers in their order (`apiserver.config.k8s.io` AuthorizationConfiguration, v1, v1beta1 and v1alpha1).
package struct AuthorizationConfiguration: Sendable {
    package let settings: AuthorizationSettings

    private static let types = ["Node", "RBAC", "ABAC", "AlwaysAllow", "AlwaysDeny", "Webhook"]

    private static let shape: [String: ConfigurationShape] = [
        "authorizers": .list(
            .object([
                "type": .string, "name": .string,
                "webhook": .object([
                    "authorizedTTL": .duration, "unauthorizedTTL": .duration, "timeout": .duration,
                    "cacheAuthorizedRequests": .bool, "cacheUnauthorizedRequests": .bool,
                    "subjectAccessReviewVersion": .string, "matchConditionSubjectAccessReviewVersion": .string,
                    "failurePolicy": .string,
                    "connectionInfo": .object(["type": .string, "kubeConfigFile": .string]),
                    "matchConditions": .list(.object(["expression": .string])),
                ]),
            ]))
    ]

    /// - kubeconfig: reads the file of that name.
    package init(
        _ bytes: [UInt8], kubeconfig: (String) throws -> Kubeconfig
    ) throws(ConfigurationError) {
        let document = try ConfigurationDocument(
            strictly: bytes, group: "apiserver.config.k8s.io", versions: ["v1", "v1beta1", "v1alpha1"],
            kind: "AuthorizationConfiguration", shape: Self.shape)
        let entries = document.value.items("authorizers")
        var errors: [FieldError] = []
        if entries.isEmpty {
            errors.append(.required("authorizers", "at least one authorization mode must be defined"))
        }
        var members: [AuthorizationSettings.Member] = []
        var names: Set<String> = []
        var seen: Set<String> = []
        for (index, entry) in entries.enumerated() {
            let path = "authorizers[\(index)]"
            let type = entry.text("type")
            guard Self.check(type, path, &seen, &errors) else { continue }
            Self.check(name: entry.text("name"), path, &names, &errors)
            if let member = Self.member(type, entry, path, kubeconfig, &errors) { members.append(member) }
        }
        try ConfigurationError.check(errors)
        var settings = AuthorizationSettings()
        settings.members = members
        self.settings = settings
    }

    private static func check(
        _ type: String, _ path: String, _ seen: inout Set<String>, _ errors: inout [FieldError]
    ) -> Bool {
        if type.isEmpty {
            errors.append(.required("\(path).type"))
        } else if !types.contains(type) {
            errors.append(.notSupported("\(path).type", type, types.sorted()))
        } else if !seen.insert(type).inserted, type != "Webhook" {
            errors.append(.duplicate("\(path).type", type))
        } else {
            return true
        }
        return false
    }

    private static func check(
        name: String, _ path: String, _ names: inout Set<String>, _ errors: inout [FieldError]
    ) {
        let problems = Names.dns1123Subdomain(name)
        if name.isEmpty {
            errors.append(.required("\(path).name"))
        } else if !names.insert(name).inserted {
            errors.append(.duplicate("\(path).name", name))
        } else if !problems.isEmpty {
            errors.append(
                .invalid("\(path).name", name, "authorizer name is invalid: \(problems.joined(separator: ", "))"))
        }
    }

    private static func member(
        _ type: String, _ entry: Value, _ path: String, _ kubeconfig: (String) throws -> Kubeconfig,
        _ errors: inout [FieldError]
    ) -> AuthorizationSettings.Member? {
        let webhook = entry["webhook"].flatMap { $0.isNull ? nil : $0 }
        guard type == "Webhook" else {
            if webhook != nil {
                errors.append(.invalid("\(path).webhook", "non-null", "may only be specified when type=Webhook"))
            }
            switch type {
            case "Node": return .node
            case "RBAC": return .rbac
            case "AlwaysAllow": return .alwaysAllow
            case "AlwaysDeny": return .alwaysDeny
            case _:
                errors.append(.invalid("\(path).type", type, "its policy file is named by a flag"))
                return nil
            }
        }
        guard let webhook else {
            errors.append(.required("\(path).webhook", "required when type=Webhook"))
            return nil
        }
        let reading = WebhookReading(path)
        return reading.settings(webhook, name: entry.text("name"), kubeconfig, &errors).map { .webhook($0) }
    }
}

/// A webhook's part of the configuration; upstream's rules and words.
private struct WebhookReading {
    private static let timeoutMax = Duration.seconds(30)

    private let path: String

    init(_ path: String) { self.path = path }

    func settings(
        _ webhook: Value, name: String, _ kubeconfig: (String) throws -> Kubeconfig, _ errors: inout [FieldError]
    ) -> AuthorizationSettings.WebhookSettings? {
        let timeout = duration(webhook, "timeout", default: nil, &errors)
        if let timeout, timeout > Self.timeoutMax || timeout < .zero {
            errors.append(.invalid("\(path).timeout", webhook.text("timeout"), "must be > 0s and <= 30s"))
        }
        let authorized = duration(webhook, "authorizedTTL", default: .seconds(300), &errors)
        let unauthorized = duration(webhook, "unauthorizedTTL", default: .seconds(30), &errors)
        for (field, value) in [("authorizedTTL", authorized), ("unauthorizedTTL", unauthorized)] {
            guard let value, value < .zero else { continue }
            errors.append(.invalid("\(path).\(field)", webhook.text(field), "must be > 0s"))
        }
        let version = choice(webhook, "subjectAccessReviewVersion", ["v1", "v1beta1"], &errors)
        let conditions = webhook.items("matchConditions")
        if webhook.text("matchConditionSubjectAccessReviewVersion").isEmpty {
            if !conditions.isEmpty {
                errors.append(
                    .required(
                        "\(path).matchConditionSubjectAccessReviewVersion",
                        "required if match conditions are specified"))
            }
        } else {
            _ = choice(webhook, "matchConditionSubjectAccessReviewVersion", ["v1"], &errors)
        }
        let policy = choice(webhook, "failurePolicy", ["NoOpinion", "Deny"], &errors)
        let connection = connection(webhook["connectionInfo"] ?? .emptyObject, kubeconfig, &errors)
        let compiled = ReviewConditions(conditions, "\(path).matchConditions", errors: &errors)
        guard let connection, let timeout, let authorized, let unauthorized else { return nil }
        var settings = AuthorizationSettings.WebhookSettings(
            name: name, kubeconfig: connection, version: version,
            authorizedLifetime: webhook["cacheAuthorizedRequests"] == false ? .zero : authorized,
            unauthorizedLifetime: webhook["cacheUnauthorizedRequests"] == false ? .zero : unauthorized)
        settings.timeout = timeout
        settings.deniesOnFailure = policy == "Deny"
        settings.conditions = compiled
        return settings
    }

    private func duration(
        _ webhook: Value, _ field: String, default fallback: Duration?, _ errors: inout [FieldError]
    ) -> Duration? {
        // The shape has said already what is no duration.
        let nanoseconds = (try? DurationText.parse(webhook.text(field))) ?? 0
        if nanoseconds != 0 { return .nanoseconds(nanoseconds) }
        if fallback == nil { errors.append(.required("\(path).\(field)")) }
        return fallback
    }

    private func choice(
        _ webhook: Value, _ field: String, _ values: [String], _ errors: inout [FieldError]
    ) -> String {
        let value = webhook.text(field)
        if value.isEmpty {
            errors.append(.required("\(path).\(field)"))
        } else if !values.contains(value) {
            errors.append(.notSupported("\(path).\(field)", value, values))
        }
        return value
    }

    private func connection(
        _ info: Value, _ kubeconfig: (String) throws -> Kubeconfig, _ errors: inout [FieldError]
    ) -> Kubeconfig? {
        let place = "\(path).connectionInfo"
        let file = info.text("kubeConfigFile")
        switch info.text("type") {
        case "":
            errors.append(.required("\(place).type"))
        case "KubeConfigFile":
            guard !file.isEmpty else {
                errors.append(.required("\(place).kubeConfigFile"))
                return nil
            }
            guard file.hasPrefix("/") else {
                errors.append(.invalid("\(place).kubeConfigFile", file, "must be an absolute path"))
                return nil
            }
            do { return try kubeconfig(file) } catch {
                errors.append(.invalid("\(place).kubeConfigFile", file, "error loading file: \(error)"))
            }
        case let type:
            errors.append(.notSupported("\(place).type", type, ["KubeConfigFile"]))
        }
        return nil
    }
}
