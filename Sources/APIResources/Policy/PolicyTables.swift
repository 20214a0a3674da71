internal import APIMachinery
internal import APIRegistry

/// The tables of the groups about who goes first and who may be disturbed.
enum PolicyTables {
    static let podDisruptionBudget: [TableColumn] = [
        .name,
        .text("Min Available", "How many pods must stay.") { bound("minAvailable", of: $0) },
        .text("Max Unavailable", "How many pods may be missing.") { bound("maxUnavailable", of: $0) },
        .number("Allowed Disruptions", "How many pods may be evicted now.") {
            $0.number("status", "disruptionsAllowed")
        },
        .age,
    ]

    /// A number or a percentage.
    private static func bound(_ field: String, of budget: Value) -> String {
        guard let value = budget[path: "spec", field], !value.isNull else { return "N/A" }
        return value.stringValue ?? String(value.integerValue ?? 0)
    }

    static let priorityClass: [TableColumn] = [
        .name,
        .number("Value", "The priority; higher goes first.") { $0.number("value") },
        .flag("Global-Default", "Whether pods without a class get this one.") { $0.flag("globalDefault") },
        .age,
        .text("PreemptionPolicy", "Whether pods of the class may displace others.") {
            $0.text("preemptionPolicy").or("PreemptLowerPriority")
        },
    ]

    static let runtimeClass: [TableColumn] = [
        .name, .text("Handler", "The runtime's configuration that is meant.") { $0.text("handler") }, .age,
    ]

    static let flowSchema: [TableColumn] = [
        .name,
        .text("PriorityLevel", "The level that serves the requests.") {
            $0.text("spec", "priorityLevelConfiguration", "name")
        },
        .number("MatchingPrecedence", "Which schema wins; lower goes first.", type: "string") {
            $0.number("spec", "matchingPrecedence")
        },
        .text("DistinguisherMethod", "How requests are told apart into flows.") {
            $0.text("spec", "distinguisherMethod", "type").orNone
        },
        .age,
        .text("MissingPL", "Whether the level does not exist.") { $0.condition("Dangling")?.text("status") ?? "?" },
    ]

    static let priorityLevel: [TableColumn] = [
        .name,
        .text("Type", "Whether requests are limited.") { $0.text("spec", "type") },
        limit("NominalConcurrencyShares", "The level's share of all seats.") {
            $0[path: "spec", "limited", "nominalConcurrencyShares"]
        },
        limit("Queues", "How many queues there are.") { queuing($0)?["queues"] },
        limit("HandSize", "How many queues a flow may use.") { queuing($0)?["handSize"] },
        limit("QueueLengthLimit", "How long a queue may get.") { queuing($0)?["queueLengthLimit"] },
        .age,
    ]

    private static func queuing(_ level: Value) -> Value? {
        level[path: "spec", "limited", "limitResponse", "queuing"]
    }

    private static func limit(
        _ name: String, _ description: String, _ number: @escaping @Sendable (Value) -> Value?
    ) -> TableColumn {
        TableColumn(name, description: description) { level, _ in number(level) ?? "<none>" }
    }
}
