internal import APIMachinery
internal import APIRules

/// What PodSecurity has to say of a pod, or of the pods of a namespace. Pure.
struct PodSecurityReviewPlan: Equatable {
    /// Why the pod is refused; `nil` when it is not.
    var refusal: String?
    var warnings: [String] = []
    /// Without the prefix that all of them have.
    var annotations: [String: String] = [:]

    /// - isEnforced: otherwise it is the template of a pod, which is only spoken about.
    static func review(
        _ pod: Value, _ policy: PodSecurityPolicy, _ labelErrors: [FieldError], isEnforced: Bool
    ) -> PodSecurityReviewPlan {
        var plan = PodSecurityReviewPlan()
        if let error = ConfigurationError(labelErrors) {
            plan.annotations["error"] = "Failed to parse policy: \(error.message)"
        }
        func details(_ demand: PodSecurityDemand) -> String? {
            let violations = PodSecurityChecks.violations(of: pod, demand)
            guard !violations.isEmpty else { return nil }
            return "PodSecurity \"\(demand)\": \(PodSecurityChecks.details(violations))"
        }
        if isEnforced {
            plan.annotations["enforce-policy"] = policy.enforce.description
            plan.refusal = details(policy.enforce).map { "violates \($0)" }
        }
        if let text = details(policy.audit) { plan.annotations["audit-violations"] = "would violate \(text)" }
        if plan.refusal == nil, let text = details(policy.warn) { plan.warnings = ["would violate \(text)"] }
        return plan
    }

    // MARK: The pods of a namespace

    /// How many pods are looked at when a namespace begins to ask more of them.
    static let podsMax = 3000

    /// What the pods that are there already would be refused for.
    static func warnings(of pods: [Value], in namespace: String, _ demand: PodSecurityDemand) -> [String] {
        let ordered = onePerControllerFirst(pods)
        var found: [String: (name: String, count: Int)] = [:]
        for pod in ordered.prefix(podsMax) {
            let violations = PodSecurityChecks.violations(of: pod, demand)
            if violations.isEmpty { continue }
            let reasons = PodSecurityChecks.reasons(violations)
            let known = found[reasons]
            found[reasons] = (min(known?.name ?? pod.objectName, pod.objectName), (known?.count ?? 0) + 1)
        }
        var warnings: [String] = []
        if ordered.count > podsMax {
            warnings.append(
                "new PodSecurity enforce level only checked against the first \(podsMax) of \(ordered.count) "
                    + "existing pods"
            )
        }
        if !found.isEmpty {
            warnings.append(
                "existing pods in namespace \"\(namespace)\" violate the new PodSecurity enforce level \"\(demand)\"")
        }
        return warnings + found.map { line($1.name, $1.count, $0) }.sorted()
    }

    private static func line(_ name: String, _ count: Int, _ reasons: String) -> String {
        switch count {
        case 1: "\(name): \(reasons)"
        case 2: "\(name) (and 1 other pod): \(reasons)"
        default: "\(name) (and \(count - 1) other pods): \(reasons)"
        }
    }

    /// Pods of one controller are alike, so its others come last.
    private static func onePerControllerFirst(_ pods: [Value]) -> [Value] {
        var controllers: Set<String> = []
        var (first, others): ([Value], [Value]) = ([], [])
        for pod in pods {
            let owners = pod[path: "metadata", "ownerReferences"]?.arrayValue ?? []
            let owner = owners.first { $0["controller"] == true }?["uid"]?.stringValue
            if owner.map({ controllers.insert($0).inserted }) ?? true {
                first.append(pod)
            } else {
                others.append(pod)
            }
        }
        return first + others
    }

    // MARK: Words

    /// What a namespace is told that asks for something although it is exempt.
    static func exemption(of namespace: Value, _ policy: PodSecurityPolicy, defaults: PodSecurityPolicy) -> String? {
        if policy.asksNothing || policy.isEquivalent(to: defaults) { return nil }
        let labels = namespace[path: "metadata", "labels"]?.stringMap ?? [:]
        let modes = [("enforce", policy.enforce), ("audit", policy.audit), ("warn", policy.warn)]
        let asked = modes.filter { mode, demand in
            let key = PodSecurityPolicy.labelPrefix + mode
            return demand.level != .privileged && (labels[key] != nil || labels["\(key)-version"] != nil)
        }
        let list = asked.map { "\($0)=\($1)" }.joined(separator: ", ")
        return "namespace \"\(namespace.objectName)\" is exempt from Pod Security, and the policy (\(list)) "
            + "will be ignored"
    }

    /// Only new containers and new images matter in an update.
    static func isSignificant(_ pod: Value, from old: Value) -> Bool {
        func images(_ pod: Value, _ list: String) -> [Value?] {
            (pod[path: "spec", list]?.arrayValue ?? []).map { $0["image"] }
        }
        if ["containers", "initContainers"].contains(where: { images(pod, $0) != images(old, $0) }) { return true }
        let before = old[path: "spec", "ephemeralContainers"]?.arrayValue ?? []
        return (pod[path: "spec", "ephemeralContainers"]?.arrayValue ?? []).contains { container in
            before.first { $0["name"] == container["name"] }?["image"] != container["image"]
        }
    }
}
