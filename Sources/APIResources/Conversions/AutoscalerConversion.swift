package import APIMachinery

/// HorizontalPodAutoscaler `autoscaling/v1` knows one metric, the CPU's use; whatever else `v2` has it
/// carries in annotations.
package enum AutoscalerConversion {
    private static let metrics = "autoscaling.alpha.kubernetes.io/metrics"
    private static let currentMetrics = "autoscaling.alpha.kubernetes.io/current-metrics"
    private static let conditions = "autoscaling.alpha.kubernetes.io/conditions"
    private static let behavior = "autoscaling.alpha.kubernetes.io/behavior"

    package static func toV2(_ v1: Value) -> Value {
        var v2 = v1
        v2["apiVersion"] = "autoscaling/v2"
        var list = unfold(&v2, metrics)?.arrayValue ?? []
        if let target = v1[path: "spec", "targetCPUUtilizationPercentage"] {
            list.insert(cpu(["target": ["type": "Utilization", "averageUtilization": target]]), at: 0)
        }
        v2[path: "spec", "targetCPUUtilizationPercentage"] = nil
        v2[path: "spec", "metrics"] = list.isEmpty ? nil : .array(list)
        if let value = unfold(&v2, behavior) { v2[path: "spec", "behavior"] = value }
        var current = unfold(&v2, currentMetrics)?.arrayValue ?? []
        if let use = v1[path: "status", "currentCPUUtilizationPercentage"] {
            current.insert(cpu(["current": ["averageUtilization": use]]), at: 0)
        }
        if v2["status"] != nil {
            v2[path: "status", "currentCPUUtilizationPercentage"] = nil
            v2[path: "status", "currentMetrics"] = current.isEmpty ? nil : .array(current)
            if let value = unfold(&v2, conditions) { v2[path: "status", "conditions"] = value }
        }
        return v2
    }

    package static func toV1(_ v2: Value) -> Value {
        var v1 = v2
        v1["apiVersion"] = "autoscaling/v1"
        var list = v2[path: "spec", "metrics"]?.arrayValue ?? []
        if let index = list.firstIndex(where: { cpuUse($0, "target") != nil }) {
            v1[path: "spec", "targetCPUUtilizationPercentage"] = cpuUse(list.remove(at: index), "target")
        }
        v1[path: "spec", "metrics"] = nil
        fold(&v1, metrics, list.isEmpty ? nil : .array(list))
        fold(&v1, behavior, v2[path: "spec", "behavior"])
        v1[path: "spec", "behavior"] = nil
        guard v2["status"] != nil else { return v1 }
        var current = v2[path: "status", "currentMetrics"]?.arrayValue ?? []
        if let index = current.firstIndex(where: { cpuUse($0, "current") != nil }) {
            v1[path: "status", "currentCPUUtilizationPercentage"] = cpuUse(current.remove(at: index), "current")
        }
        fold(&v1, currentMetrics, current.isEmpty ? nil : .array(current))
        fold(&v1, conditions, v2[path: "status", "conditions"])
        v1[path: "status", "currentMetrics"] = nil
        v1[path: "status", "conditions"] = nil
        return v1
    }

    private static func cpu(_ fields: Value) -> Value {
        var resource = fields
        resource["name"] = "cpu"
        return ["type": "Resource", "resource": resource]
    }

    private static func cpuUse(_ metric: Value, _ part: String) -> Value? {
        guard metric["type"] == "Resource", metric[path: "resource", "name"] == "cpu" else { return nil }
        return metric[path: "resource", part, "averageUtilization"]
    }

    private static func fold(_ object: inout Value, _ annotation: String, _ value: Value?) {
        guard let value else { return }
        object[path: "metadata", "annotations", annotation] = .string(String(decoding: value.json, as: UTF8.self))
    }

    private static func unfold(_ object: inout Value, _ annotation: String) -> Value? {
        guard let text = object[path: "metadata", "annotations", annotation]?.stringValue else { return nil }
        object[path: "metadata", "annotations", annotation] = nil
        if object[path: "metadata", "annotations"] == .emptyObject { object[path: "metadata", "annotations"] = nil }
        // An annotation that is no JSON was not written by a conversion: it is dropped, as upstream does.
        return try? Value(json: text)
    }
}
