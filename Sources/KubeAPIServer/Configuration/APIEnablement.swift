package import APIMachinery

/// Which built-in versions and resources are served, as `--runtime-config` says it.
///
/// What is named most exactly counts: a resource before its version, a version before `api/beta` and its kin.
package struct APIEnablement: Sendable, Equatable {
    /// In the order in which they count; the later ones win.
    private static let families = ["api/all", "api/ga", "api/beta", "api/alpha"]

    private var matching: [String: Bool] = [:]
    private var versions: [GroupVersion: Bool] = [:]
    private var resources: [GroupVersionResource: Bool] = [:]

    /// Upstream's defaults: what is generally available, and nothing else.
    package init() {}

    /// Reads `api/beta=true,apps/v1/deployments=false`; throws upstream's words.
    package init(parsing text: String) throws(ConfigurationError) {
        var settings: [String: String] = [:]
        for pair in text.split(separator: ",") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(\.trimmed)
            settings[parts[0]] = parts.count == 2 ? parts[1] : ""
        }
        guard settings != ["api/all": "false"] else { throw ConfigurationError("invalid key with only api/all=false") }
        let keys = settings.keys.filter { !Self.families.contains($0) }.sorted()
        try Self.checkGroups(keys)
        for family in Self.families {
            guard let value = settings[family] else { continue }
            guard value == "true" || value == "false" else {
                throw ConfigurationError("invalid value \(family)=\(value)")
            }
            matching[family] = value == "true"
        }
        for key in keys { try put(key, settings[key] ?? "") }
    }

    private static func checkGroups(_ keys: [String]) throws(ConfigurationError) {
        var unknown: [String] = []
        for key in keys {
            let tokens = tokens(key)
            guard tokens.count == 2 || tokens.count == 3 else {
                throw ConfigurationError("runtime-config invalid key \(key)")
            }
            if !registered.contains(where: { $0.group == tokens[0] }) { unknown.append(tokens[0]) }
        }
        guard unknown.isEmpty else {
            throw ConfigurationError("unknown api groups \(unknown.joined(separator: ","))")
        }
    }

    private mutating func put(_ key: String, _ value: String) throws(ConfigurationError) {
        let tokens = Self.tokens(key)
        let version = GroupVersion(group: tokens[0], version: tokens[1])
        guard Self.registered.contains(version) else {
            throw ConfigurationError("group version \(version) that has not been registered")
        }
        guard let isOn = value.isEmpty ? true : GoBool(value)?.value else {
            throw ConfigurationError(
                "invalid value of \(key): \(value), err: strconv.ParseBool: parsing \(GoText.quote(value)): "
                    + "invalid syntax")
        }
        guard tokens.count == 3 else {
            versions[version] = isOn
            return
        }
        guard tokens[2] == tokens[2].lowercased() else {
            throw ConfigurationError(
                "invalid key \(key): group/version/resource and resource is always lowercase plural, not "
                    + GoText.quote(tokens[2]))
        }
        resources[GroupVersionResource(group: version.group, version: version.version, resource: tokens[2])] = isOn
    }

    private static func tokens(_ key: String) -> [String] {
        key.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    }

    /// The versions that upstream's server knows, served or not; metrics come with an add-on there.
    private static let registered = Set(
        SchemaCatalog.builtin.packages
            .filter { !$0.version.isEmpty && $0.version != "-" && $0.group != "metrics.k8s.io" }
            .map { GroupVersion(group: $0.group == "-" ? "" : $0.group, version: $0.version) })

    // MARK: What is served

    /// Whether a resource is served.
    package func serves(_ info: ResourceInfo) -> Bool {
        if let isOn = resources[info.groupVersionResource] { return isOn }
        if let isOn = versions[info.groupVersion] { return isOn }
        var isOn = info.isServedByDefault
        for family in Self.families {
            if let wanted = matching[family], Self.matches(family, info.version) { isOn = wanted }
        }
        return isOn
    }

    private static func matches(_ family: String, _ version: String) -> Bool {
        switch family {
        case "api/all": true
        case "api/beta": version.contains("beta")
        case "api/alpha": version.contains("alpha")
        case _: !version.contains("beta") && !version.contains("alpha")
        }
    }
}
