package import APIMachinery

/// Upstream's defaults of HorizontalPodAutoscalers in `autoscaling/v2`.
package enum AutoscalerDefaults {
    package static func apply(_ object: inout Fields) {
        object.inNewObject("spec") { spec in
            spec.setDefault("minReplicas", 1)
            if spec.isEmptyCollection("metrics") {
                spec["metrics"] = [
                    [
                        "type": "Resource",
                        "resource": ["name": "cpu", "target": ["type": "Utilization", "averageUtilization": 80]],
                    ]
                ]
            }
            spec.inObject("behavior") { behavior in
                behavior.inNewObject("scaleUp") { fill(&$0, policies: scaleUp, stabilization: 0) }
                behavior.inNewObject("scaleDown") { fill(&$0, policies: scaleDown, stabilization: nil) }
            }
        }
    }

    private static let scaleUp: Value = [
        ["type": "Pods", "value": 4, "periodSeconds": 15], ["type": "Percent", "value": 100, "periodSeconds": 15],
    ]
    private static let scaleDown: Value = [["type": "Percent", "value": 100, "periodSeconds": 15]]

    private static func fill(_ rules: inout Fields, policies: Value, stabilization: Int64?) {
        rules.setDefault("selectPolicy", "Max")
        if rules.isEmptyCollection("policies") { rules["policies"] = policies }
        if let stabilization { rules.setDefault("stabilizationWindowSeconds", .integer(stabilization)) }
    }
}
