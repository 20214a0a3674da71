internal import APIMachinery
internal import APIRegistry

/// The tables of the small kinds of the core group: namespaces and what lies in them.
enum ConfigurationTables {
    static let namespace: [TableColumn] = [
        .name, .text("Status", "Whether the namespace is in use or going.") { $0.text("status", "phase") }, .age,
    ]

    static let configMap: [TableColumn] = [
        .name,
        .number("Data", "How many entries there are.", type: "string") {
            Int64($0.fields("data").count + $0.fields("binaryData").count)
        },
        .age,
    ]

    static let secret: [TableColumn] = [
        .name, .text("Type", "What the secret is for.") { $0.text("type") },
        .number("Data", "How many entries there are.", type: "string") { Int64($0.fields("data").count) }, .age,
    ]

    /// Without the number of secrets, which says nothing since tokens are no longer kept in them.
    static let serviceAccount: [TableColumn] = [.name, .age]

    static let resourceQuota: [TableColumn] = [
        .name,
        .text("Request", "Use and bound of everything but limits.") { amounts(of: $0, limits: false) },
        .text("Limit", "Use and bound of the limits of containers.") { amounts(of: $0, limits: true) },
        .age,
    ]

    private static func amounts(of quota: Value, limits: Bool) -> String {
        quota.fields("status", "hard").filter { $0.name.hasPrefix("limits.") == limits }
            .sorted { $0.name < $1.name }
            .map { hard in
                "\(hard.name): \(quota.text("status", "used", hard.name).or("0"))/\(hard.value.stringValue ?? "0")"
            }
            .joined(separator: ", ")
    }

    static let componentStatus: [TableColumn] = [
        .name,
        .text("Status", "Whether the component answers.") { component in
            guard let healthy = healthy(component) else { return "Unknown" }
            return healthy["status"] == "True" ? "Healthy" : "Unhealthy"
        },
        .text("Message", "What the component says.") { healthy($0)?.text("message") ?? "" },
        .text("Error", "Why the component could not be asked.") { healthy($0)?.text("error") ?? "" },
    ]

    private static func healthy(_ component: Value) -> Value? {
        component.items("conditions").first { $0["type"] == "Healthy" }
    }
}
