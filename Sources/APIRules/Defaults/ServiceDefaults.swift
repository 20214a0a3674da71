package import APIMachinery

/// Upstream's defaults of Services. Addresses and node ports are the allocator's.
package enum ServiceDefaults {
    package static func apply(_ object: inout Fields) {
        var isBalanced = false
        object.inNewObject("spec") { spec in
            spec.setDefault("type", "ClusterIP")
            applyAffinity(&spec)
            spec.inItems("ports") { port in
                port.setDefault("protocol", "TCP")
                if port.isUnset("targetPort") || port["targetPort"] == 0 { port["targetPort"] = port["port"] }
            }
            let type = spec.text("type")
            isBalanced = type == "LoadBalancer"
            let isExternal =
                type == "NodePort" || isBalanced
                || (type == "ClusterIP" && !spec.isEmptyCollection("externalIPs"))
            if isExternal { spec.setDefault("externalTrafficPolicy", "Cluster") }
            if type != "ExternalName" { spec.setDefault("internalTrafficPolicy", "Cluster") }
            if isBalanced { spec.setDefault("allocateLoadBalancerNodePorts", true) }
        }
        guard isBalanced else { return }
        object.inObject("status") { status in
            status.inObject("loadBalancer") { balancer in
                balancer.inItems("ingress") { if !$0.isUnset("ip") { $0.setDefault("ipMode", "VIP") } }
            }
        }
    }

    private static func applyAffinity(_ spec: inout Fields) {
        spec.setDefault("sessionAffinity", "None")
        switch spec.text("sessionAffinity") {
        case "None":
            spec["sessionAffinityConfig"] = nil
        case "ClientIP":
            spec.inNewObject("sessionAffinityConfig") { config in
                config.inNewObject("clientIP") { $0.setDefault("timeoutSeconds", 10800) }
            }
        case _:
            break
        }
    }
}
