package import APIMachinery
package import Determinism

/// The conditions of a CustomResourceDefinition.
package enum CustomConditions {
    /// Holds a definition until its objects are gone.
    package static let cleanupFinalizer = "customresourcecleanup.apiextensions.k8s.io"

    package struct Condition: Sendable, Equatable {
        package var type: String
        package var status: String
        package var reason: String
        package var message: String

        package init(_ type: String, _ isTrue: Bool, _ reason: String, _ message: String) {
            self.type = type
            status = isTrue ? "True" : "False"
            self.reason = reason
            self.message = message
        }
    }

    package static func isTrue(_ type: String, in definition: Value) -> Bool {
        find(type, in: definition)?["status"] == "True"
    }

    package static func find(_ type: String, in definition: Value) -> Value? {
        (definition[path: "status", "conditions"]?.arrayValue ?? []).first { $0["type"]?.stringValue == type }
    }

    /// Puts a condition in its place; the time of its last transition changes with its status.
    package static func set(_ condition: Condition, in definition: inout Value, now: Timestamp) {
        var list = definition[path: "status", "conditions"]?.arrayValue ?? []
        let index = list.firstIndex { $0["type"]?.stringValue == condition.type }
        let isSame = index.map { list[$0]["status"]?.stringValue == condition.status } ?? false
        let since = isSame ? index.flatMap { list[$0]["lastTransitionTime"] } : nil
        let value: Value = [
            "type": .string(condition.type), "status": .string(condition.status), "reason": .string(condition.reason),
            "message": .string(condition.message), "lastTransitionTime": since ?? .string(now.rfc3339),
        ]
        if let index { list[index] = value } else { list.append(value) }
        definition[path: "status", "conditions"] = .array(list)
    }
}
