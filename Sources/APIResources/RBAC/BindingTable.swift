internal import APIMachinery
internal import APIRegistry

/// What `kubectl get rolebindings` and `kubectl get clusterrolebindings` show.
enum BindingTable {
    static let columns: [TableColumn] = [
        .name,
        .text("Role", "What is granted.") { "\($0.text("roleRef", "kind"))/\($0.text("roleRef", "name"))" },
        .age,
        .text("Users", "Users to whom it is granted.", wide: true) { subjects("User", of: $0) },
        .text("Groups", "Groups to whom it is granted.", wide: true) { subjects("Group", of: $0) },
        .text("ServiceAccounts", "Service accounts to whom it is granted.", wide: true) {
            subjects("ServiceAccount", of: $0)
        },
    ]

    private static func subjects(_ kind: String, of binding: Value) -> String {
        binding.items("subjects").filter { $0.text("kind") == kind }
            .map { kind == "ServiceAccount" ? "\($0.text("namespace"))/\($0.text("name"))" : $0.text("name") }
            .joined(separator: ", ")
    }
}
