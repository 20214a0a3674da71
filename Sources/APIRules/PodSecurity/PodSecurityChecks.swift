package import APIMachinery

/// What a pod does that a level does not allow, in upstream's words.
package struct PodSecurityViolation: Equatable, Sendable {
    package let reason: String
    package let detail: String

    init(_ reason: String, _ detail: String) {
        self.reason = reason
        self.detail = detail
    }
}

/// Upstream's Pod Security Standards, as a pure function from a pod to its violations.
package enum PodSecurityChecks {
    /// The last release whose standards are known; those of later ones are taken to be the same.
    package static let latestMinor = 36

    /// Baseline checks first, then those of the restricted level, each in the order of their names.
    package static func violations(
        of pod: Value, _ demand: PodSecurityDemand
    ) -> [PodSecurityViolation] {
        guard demand.level != .privileged else { return [] }
        var minor = latestMinor
        if case .minor(let number) = demand.version { minor = min(number, latestMinor) }
        let view = PodSecurityView(pod)
        let isRestricted = demand.level == .restricted
        let strict = isRestricted ? restricted.filter { $0.applies(minor) } : []
        let replaced = Set(strict.compactMap(\.replaces))
        let checks = baseline.filter { $0.applies(minor) && !replaced.contains($0.name) } + strict
        return checks.compactMap { $0.check(view, minor) }
    }

    package static func reasons(_ violations: [PodSecurityViolation]) -> String {
        violations.map(\.reason).joined(separator: ", ")
    }

    package static func details(_ violations: [PodSecurityViolation]) -> String {
        violations.map { $0.detail.isEmpty ? $0.reason : "\($0.reason) (\($0.detail))" }.joined(separator: ", ")
    }

    /// One check; what has changed with the releases it sees by their number.
    struct Check: Sendable {
        let name: String
        let since: Int
        /// The check of the baseline level that this one makes superfluous.
        var replaces: String?
        let check: @Sendable (PodSecurityView, _ minor: Int) -> PodSecurityViolation?

        init(
            _ name: String, since: Int = 0, replaces: String? = nil,
            _ check: @escaping @Sendable (PodSecurityView, Int) -> PodSecurityViolation?
        ) {
            self.name = name
            self.since = since
            self.replaces = replaces
            self.check = check
        }

        func applies(_ minor: Int) -> Bool { minor >= since }
    }
}

/// A pod as the checks look at it.
struct PodSecurityView: Sendable {
    struct Container: Sendable {
        let name: String
        let value: Value
        let context: Value?
    }

    let annotations: [String: String]
    let spec: Value
    let context: Value?
    /// Init containers, containers, ephemeral containers.
    let containers: [Container]

    init(_ pod: Value) {
        annotations = pod[path: "metadata", "annotations"]?.stringMap ?? [:]
        let spec = pod["spec"] ?? .emptyObject
        self.spec = spec
        context = spec["securityContext"]
        containers = ["initContainers", "containers", "ephemeralContainers"].flatMap { list in
            (spec[list]?.arrayValue ?? []).map {
                Container(name: $0["name"]?.stringValue ?? "", value: $0, context: $0["securityContext"])
            }
        }
    }

    var isWindows: Bool { spec[path: "os", "name"] == "windows" }
    /// Root in a user namespace of its own is nobody outside.
    var hasOwnUsers: Bool { spec["hostUsers"] == false }

    /// Names of the containers for which something holds.
    func names(where holds: (Container) -> Bool) -> [String] { containers.filter(holds).map(\.name) }

    // MARK: Words

    static func quoted(_ items: [String]) -> String { items.map { "\"\($0)\"" }.joined(separator: ", ") }

    /// Each once, in order.
    static func quoted(_ items: Set<String>) -> String { quoted(sorted(items)) }

    static func sorted(_ items: Set<String>) -> [String] {
        items.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// `container "a"`, `containers "a", "b"`
    static func listed(_ noun: String, _ names: [String]) -> String {
        "\(noun)\(names.count == 1 ? "" : "s") \(quoted(names))"
    }

    /// Who sets something: the pod, some containers, or both; `nil` for nobody.
    static func setters(isPod: Bool, _ containers: [String]) -> String? {
        let setters = (isPod ? ["pod"] : []) + (containers.isEmpty ? [] : [listed("container", containers)])
        return setters.isEmpty ? nil : setters.joined(separator: " and ")
    }
}
