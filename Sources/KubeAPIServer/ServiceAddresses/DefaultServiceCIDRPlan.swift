package import APIMachinery
internal import APIRules
package import Determinism

/// What to do about the ServiceCIDR `kubernetes`, which the API server makes of its flag.
package enum DefaultServiceCIDRPlan: Equatable, Sendable {
    case create(Value)
    case write(status: Value)
    /// It is another one than the flag says; whoever runs the cluster has to decide.
    case report(String)
    case keep

    /// - block: what the flag says.
    package static func decide(_ object: Value?, block: CIDR, now: Timestamp) -> DefaultServiceCIDRPlan {
        let wanted: Value = [.string(block.description)]
        guard let object else {
            return .create([
                "apiVersion": "networking.k8s.io/v1", "kind": "ServiceCIDR",
                "metadata": ["name": .string(ServiceBlock.defaultName)], "spec": ["cidrs": wanted],
            ])
        }
        guard object[path: "metadata", "deletionTimestamp"] == nil else { return .keep }
        guard object[path: "spec", "cidrs"] == wanted else {
            return .report("the ServiceCIDR of the cluster is another one than its flag says")
        }
        var conditions = object[path: "status", "conditions"]?.arrayValue ?? []
        switch conditions.first(where: { $0["type"] == "Ready" })?["status"] {
        case "True": return .keep
        case "False": return .report("the ServiceCIDR of the cluster is not ready")
        case _:
            conditions.removeAll { $0["type"] == "Ready" }
            conditions.append([
                "type": "Ready", "status": "True", "reason": "",
                "message": "Kubernetes default Service CIDR is ready", "lastTransitionTime": .string(now.rfc3339),
            ])
            return .write(status: ["conditions": .array(conditions)])
        }
    }
}
