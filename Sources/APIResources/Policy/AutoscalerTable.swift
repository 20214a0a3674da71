internal import APIMachinery
internal import APIRegistry

/// What `kubectl get hpa` shows, in either version.
enum AutoscalerTable {
    private static let shown = 2

    static let columns: [TableColumn] = [
        .name,
        .text("Reference", "What is scaled.") { autoscaler in
            let target = autoscaler[path: "spec", "scaleTargetRef"] ?? .emptyObject
            return "\(target.text("kind"))/\(target.text("name"))"
        },
        .text("Targets", "The metrics as they are and as they should be.", cell: targets),
        .text("MinPods", "The lower bound.") { autoscaler in
            autoscaler[path: "spec", "minReplicas"]?.integerValue.map { String($0) } ?? "<unset>"
        },
        .number("MaxPods", "The upper bound.", type: "string") { $0.number("spec", "maxReplicas") },
        .number("Replicas", "How many pods there are.", type: "string") { $0.number("status", "currentReplicas") },
        .age,
    ]

    private static func targets(_ autoscaler: Value) -> String {
        let v2 = autoscaler["apiVersion"] == "autoscaling/v1" ? AutoscalerConversion.toV2(autoscaler) : autoscaler
        let statuses = v2.items("status", "currentMetrics")
        let metrics = v2.items("spec", "metrics").enumerated().map { index, spec in
            metric(spec, index < statuses.count ? statuses[index] : .emptyObject)
        }
        return ShortList.text(metrics, showing: shown, separator: ", ").orNone
    }

    private static func metric(_ spec: Value, _ status: Value) -> String {
        switch spec.text("type") {
        case "Pods": amount("averageValue", spec["pods"], status["pods"])
        case "External": valueOrAverage(spec["external"], status["external"])
        case "Object": valueOrAverage(spec["object"], status["object"])
        case "Resource": resource(spec["resource"], status["resource"])
        case "ContainerResource": resource(spec["containerResource"], status["containerResource"])
        case _: "<unknown type>"
        }
    }

    private static func valueOrAverage(_ spec: Value?, _ status: Value?) -> String {
        spec?[path: "target", "averageValue"] != nil
            ? amount("averageValue", spec, status) + " (avg)" : amount("value", spec, status)
    }

    private static func resource(_ spec: Value?, _ status: Value?) -> String {
        let name = spec?.text("name") ?? ""
        if spec?[path: "target", "averageValue"] != nil { return "\(name): \(amount("averageValue", spec, status))" }
        let current = percent(status?[path: "current", "averageUtilization"]) ?? "<unknown>"
        let target = percent(spec?[path: "target", "averageUtilization"]) ?? "<auto>"
        return "\(name): \(current)/\(target)"
    }

    private static func amount(_ field: String, _ spec: Value?, _ status: Value?) -> String {
        let current = status.map { $0.text("current", field).or("0") } ?? "<unknown>"
        return "\(current)/\((spec?.text("target", field) ?? "").or("0"))"
    }

    private static func percent(_ value: Value?) -> String? { value?.integerValue.map { "\($0)%" } }
}
