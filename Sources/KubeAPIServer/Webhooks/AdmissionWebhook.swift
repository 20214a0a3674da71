package import APIMachinery

/// One webhook of a configuration, read for use.
struct AdmissionWebhook: Sendable {
    enum SideEffects: String {
        case none = "None"
        case noneOnDryRun = "NoneOnDryRun"
        case some = "Some"
        case unknown = "Unknown"
    }

    /// The configuration that it is in; configurations are called in the order of their names.
    let configuration: String
    let name: String
    let client: WebhookClientConfig
    let rules: [AdmissionRule]
    let isExact: Bool
    let namespaceSelector: Selector
    let objectSelector: Selector
    let ignoresFailures: Bool
    let sideEffects: SideEffects
    /// 1...30
    let timeoutSeconds: Int64
    /// The first of its `admissionReviewVersions` that is spoken here; `nil` when none is.
    let reviewVersion: String?
    /// Mutating webhooks may ask to be called again when later ones changed the object.
    let isReinvoked: Bool
    /// Expressions that must hold for it to be asked.
    let conditions: MatchConditions

    private static let spokenVersions: Set<String> = ["v1", "v1beta1"]

    /// `nil` for a webhook without a place, which validation does not let in.
    init?(_ webhook: Value, in configuration: String) {
        guard let config = webhook["clientConfig"], let client = WebhookClientConfig(config) else { return nil }
        self.configuration = configuration
        self.client = client
        name = webhook["name"]?.stringValue ?? ""
        rules = (webhook["rules"]?.arrayValue ?? []).map(AdmissionRule.init)
        isExact = webhook["matchPolicy"] == "Exact"
        // Validation lets no faulty selector in; one that got in all the same selects nothing.
        namespaceSelector = (try? Selector(webhook["namespaceSelector"] ?? .emptyObject)) ?? .nothing
        objectSelector = (try? Selector(webhook["objectSelector"] ?? .emptyObject)) ?? .nothing
        ignoresFailures = webhook["failurePolicy"] == "Ignore"
        sideEffects = SideEffects(rawValue: webhook["sideEffects"]?.stringValue ?? "") ?? .unknown
        timeoutSeconds = webhook["timeoutSeconds"]?.integerValue ?? 10
        reviewVersion = (webhook["admissionReviewVersions"]?.arrayValue ?? []).lazy.compactMap(\.stringValue)
            .first { Self.spokenVersions.contains($0) }
        isReinvoked = webhook["reinvocationPolicy"] == "IfNeeded"
        conditions = MatchConditions(webhook["matchConditions"]?.arrayValue ?? [], hasParams: false)
    }

    /// Whether a dry run may call it.
    var bearsDryRuns: Bool { sideEffects == .none || sideEffects == .noneOnDryRun }
}

/// Which requests a webhook, or a policy, is about.
package struct AdmissionRule: Sendable {
    private let operations: [String]
    private let groups: [String]
    private let versions: [String]
    private let resources: [String]
    private let scope: String

    package init(_ rule: Value) {
        func strings(_ name: String) -> [String] { (rule[name]?.arrayValue ?? []).compactMap(\.stringValue) }
        operations = strings("operations")
        groups = strings("apiGroups")
        versions = strings("apiVersions")
        resources = strings("resources")
        scope = rule["scope"]?.stringValue ?? "*"
    }

    package func covers(
        _ resource: GroupVersionResource, subresource: String, operation: AdmissionRequest.Operation,
        isNamespaced: Bool
    ) -> Bool {
        Self.has(operations, operation.rawValue) && Self.has(groups, resource.group)
            && Self.has(versions, resource.version)
            && (scope == "*" || scope == (isNamespaced ? "Namespaced" : "Cluster"))
            && resources.contains { Self.names($0, resource.resource, subresource) }
    }

    private static func has(_ list: [String], _ name: String) -> Bool { list.contains("*") || list.contains(name) }

    /// `pods`, `pods/status`, `pods/*`, `*/scale`, `*` (whole objects only), `*/*`.
    private static func names(_ pattern: String, _ resource: String, _ subresource: String) -> Bool {
        let parts = pattern.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let wanted = parts.count == 2 ? parts[1] : ""
        return (parts[0] == "*" || parts[0] == resource) && (wanted == "*" || wanted == subresource)
    }
}
