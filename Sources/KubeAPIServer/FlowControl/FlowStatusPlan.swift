package import APIMachinery
package import Determinism

/// Whether a FlowSchema leads anywhere, as its status has to say it.
package enum FlowStatusPlan {
    /// The status that the schema should have; `nil`: as it is.
    ///
    /// - isFound: there is a level of the name that it refers to.
    package static func status(of schema: Value, isFound: Bool, now: Timestamp) -> Value? {
        let level = schema[path: "spec", "priorityLevelConfiguration", "name"]?.stringValue ?? ""
        let referred = "This FlowSchema references the PriorityLevelConfiguration object named \(GoText.quote(level))"
        var wanted: Value = [
            "type": "Dangling", "status": isFound ? "False" : "True", "reason": isFound ? "Found" : "NotFound",
            "message": .string(referred + (isFound ? " and it exists" : " but there is no such object")),
        ]
        let others = (schema[path: "status", "conditions"]?.arrayValue ?? []).filter { $0["type"] != "Dangling" }
        let known = (schema[path: "status", "conditions"]?.arrayValue ?? []).first { $0["type"] == "Dangling" }
        let isSame = ["status", "reason", "message"].allSatisfy { known?[$0] == wanted[$0] }
        guard !isSame else { return nil }
        let changed = known?["status"] == wanted["status"] ? known?["lastTransitionTime"] : nil
        wanted["lastTransitionTime"] = changed ?? .string(now.rfc3339)
        return ["conditions": .array(others + [wanted])]
    }
}
