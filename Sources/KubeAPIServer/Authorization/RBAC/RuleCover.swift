internal import APIMachinery

/// Whether some rules grant everything that other rules grant: the heart of preventing privilege escalation.
package enum RuleCover {
    /// The parts of `wanted` that `held` does not grant, each as one verb on one resource or path.
    package static func missing(_ wanted: [RBACRule], heldBy held: [RBACRule]) -> [RBACRule] {
        wanted.flatMap(breakDown).filter { part in !held.contains { covers($0, part) } }
    }

    package static func covers(_ held: [RBACRule], _ wanted: [RBACRule]) -> Bool {
        missing(wanted, heldBy: held).isEmpty
    }

    /// One rule for every verb on every resource of every group (and name), and for every verb on every path.
    package static func breakDown(_ rule: RBACRule) -> [RBACRule] {
        var parts: [RBACRule] = []
        for group in rule.apiGroups {
            for resource in rule.resources {
                for verb in rule.verbs {
                    guard !rule.resourceNames.isEmpty else {
                        parts.append(RBACRule(verbs: [verb], apiGroups: [group], resources: [resource]))
                        continue
                    }
                    for name in rule.resourceNames {
                        parts.append(
                            RBACRule(
                                verbs: [verb], apiGroups: [group], resources: [resource], resourceNames: [name]))
                    }
                }
            }
        }
        for path in rule.nonResourceURLs {
            for verb in rule.verbs { parts.append(RBACRule(verbs: [verb], nonResourceURLs: [path])) }
        }
        return parts
    }

    private static func covers(_ held: RBACRule, _ part: RBACRule) -> Bool {
        hasAll(held.verbs, part.verbs) && hasAll(held.apiGroups, part.apiGroups)
            && part.resources.allSatisfy { coversResource(held.resources, $0) }
            && coversNames(held.resourceNames, part.resourceNames)
            && part.nonResourceURLs.allSatisfy { coversPath(held.nonResourceURLs, $0) }
    }

    private static func hasAll(_ held: [String], _ wanted: [String]) -> Bool {
        held.contains("*") || wanted.allSatisfy(held.contains)
    }

    private static func coversResource(_ held: [String], _ wanted: String) -> Bool {
        if held.contains("*") || held.contains(wanted) { return true }
        guard let slash = wanted.firstIndex(of: "/") else { return false }
        return held.contains("*" + wanted[slash...])
    }

    /// No names at all means every name.
    private static func coversNames(_ held: [String], _ wanted: [String]) -> Bool {
        if held.isEmpty { return true }
        return !wanted.isEmpty && wanted.allSatisfy(held.contains)
    }

    private static func coversPath(_ held: [String], _ wanted: String) -> Bool {
        held.contains { $0 == wanted || ($0.hasSuffix("*") && wanted.hasPrefix($0.trimmingStars)) }
    }
}

/// Nobody may grant what they do not hold.
package enum EscalationCheck {
    /// What to answer to a user who writes rules that their own rules do not cover; `nil` when they are covered.
    package static func refusal(of user: UserInfo, holding held: [RBACRule], granting wanted: [RBACRule]) -> String? {
        let missing = RuleCover.missing(wanted, heldBy: held)
        guard !missing.isEmpty else { return nil }
        let lines = Set(compact(missing).map(description)).sorted()
        return "user \(GoText.quote(user.name)) (groups=\(GoText.quote(user.groups))) is attempting to grant RBAC "
            + "permissions not currently held:\n" + lines.joined(separator: "\n")
    }

    /// Puts the verbs of rules for the same resource and name together again.
    static func compact(_ rules: [RBACRule]) -> [RBACRule] {
        var result: [RBACRule] = []
        for rule in rules {
            let twin = result.firstIndex { known in
                !rule.resources.isEmpty && known.apiGroups == rule.apiGroups && known.resources == rule.resources
                    && known.resourceNames == rule.resourceNames
            }
            if let twin {
                result[twin].verbs += rule.verbs.filter { !result[twin].verbs.contains($0) }
            } else {
                result.append(rule)
            }
        }
        return result
    }

    /// `{APIGroups:[""], Resources:["pods"], Verbs:["get"]}`.
    static func description(_ rule: RBACRule) -> String {
        let parts = [
            ("APIGroups", rule.apiGroups), ("Resources", rule.resources), ("NonResourceURLs", rule.nonResourceURLs),
            ("ResourceNames", rule.resourceNames), ("Verbs", rule.verbs),
        ]
        let texts = parts.filter { !$0.1.isEmpty }.map { "\($0.0):\(GoText.quote($0.1))" }
        return "{" + texts.joined(separator: ", ") + "}"
    }
}
