/// Reads the policy tables. A mistake in them is a programmer's and traps, in the first test at the latest.
///
///     NAME [in NAMESPACE] [LABEL ...] [= LABEL]     begins a role; `= LABEL` collects the roles with that label
///       VERBS GROUPS RESOURCES [NAMES]              a rule: lists with commas, `core` for the unnamed group
///       VERBS url PATHS                             a rule for paths
///
/// Verbs know three abbreviations: `read`, `write` and `readwrite`. Every list is put in alphabetical order, as
/// upstream's builder does.
enum PolicyTable {
    static func roles(_ table: String, prefix: String = "") -> [RBACRole] {
        var roles: [RBACRole] = []
        for line in table.split(separator: "\n") {
            let words = line.split(separator: " ").map(String.init)
            if line.hasPrefix(" ") {
                precondition(!roles.isEmpty, "a rule before the first role: \(line)")
                roles[roles.count - 1].rules.append(rule(words))
            } else {
                roles.append(role(words, prefix: prefix))
            }
        }
        return roles
    }

    /// `NAME [in NAMESPACE] [-> Kind/ROLE] : SUBJECT ...`, a subject being `group:NAME`, `user:NAME` or
    /// `sa:NAMESPACE/NAME`; without an arrow the role has the binding's name.
    static func bindings(_ table: String) -> [RBACBinding] {
        table.split(separator: "\n").map { line in
            var words = line.split(separator: " ").map(String.init)[...]
            let name = words.removeFirst()
            var key = RBACRole.Key(name: name)
            var role = name
            if words.first == "in" {
                key.namespace = words.dropFirst().first
                words = words.dropFirst(2)
            }
            if words.first == "->" {
                role = words.dropFirst().first ?? ""
                words = words.dropFirst(2)
            }
            precondition(words.first == ":", "a binding without a colon: \(line)")
            return RBACBinding(
                key: key, labels: BootstrapPolicy.labels, annotations: BootstrapPolicy.annotations,
                role: .init(key.namespace == nil ? .clusterRole : .role, role),
                subjects: words.dropFirst().map(subject))
        }
    }

    private static let labelPrefix = "rbac.authorization.k8s.io/"

    private static func role(_ words: [String], prefix: String) -> RBACRole {
        var words = words[...]
        var role = RBACRole(
            key: .init(name: prefix + words.removeFirst()), labels: BootstrapPolicy.labels,
            annotations: BootstrapPolicy.annotations)
        while let word = words.popFirst() {
            switch word {
            case "in": role.key.namespace = words.popFirst()
            case "=": role.aggregation = [.init(matchLabels: [labelPrefix + (words.popFirst() ?? ""): "true"])]
            default: role.labels[labelPrefix + word] = "true"
            }
        }
        return role
    }

    private static func rule(_ words: [String]) -> RBACRule {
        precondition((3...4).contains(words.count), "a rule has three or four columns: \(words)")
        let verbs = verbSets[words[0]] ?? list(words[0])
        if words[1] == "url" { return RBACRule(verbs: verbs, nonResourceURLs: list(words[2])) }
        return RBACRule(
            verbs: verbs, apiGroups: list(words[1]).map { $0 == "core" ? "" : $0 }.sorted(), resources: list(words[2]),
            resourceNames: words.count > 3 ? list(words[3]) : [])
    }

    private static func list(_ word: String) -> [String] { word.split(separator: ",").map(String.init).sorted() }

    private static func subject(_ word: String) -> RBACBinding.Subject {
        let parts = word.split(separator: ":", maxSplits: 1).map(String.init)
        precondition(parts.count == 2, "a subject without a kind: \(word)")
        switch parts[0] {
        case "group": return .init(.group, parts[1])
        case "user": return .init(.user, parts[1])
        default:
            let names = parts[1].split(separator: "/").map(String.init)
            precondition(parts[0] == "sa" && names.count == 2, "an unknown kind of subject: \(word)")
            return .init(.serviceAccount, names[1], namespace: names[0])
        }
    }

    private static let verbSets = [
        "read": ["get", "list", "watch"],
        "write": ["create", "delete", "deletecollection", "patch", "update"],
        "readwrite": ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
    ]
}
