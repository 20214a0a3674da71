package import APIMachinery

/// What the server takes over and drops when a Service changes.
package enum ServicePreparation {
    package static func update(_ service: inout Fields, from old: Value) {
        let was = old["spec"] ?? .emptyObject
        service.inObject("spec") { spec in
            keepAllocated(&spec, was)
            dropUnused(&spec, was)
        }
        let type = service["spec"]?["type"]
        if was["type"] == "LoadBalancer", type != "LoadBalancer" { service["status"] = ["loadBalancer": [:]] }
    }

    /// Clients that send a service without what was allocated for it keep the allocation.
    private static func keepAllocated(_ spec: inout Fields, _ old: Value) {
        if needsClusterIP(spec.text("type")), needsClusterIP(old["type"]?.stringValue ?? "") {
            if spec.isUnset("clusterIP") { spec["clusterIP"] = old["clusterIP"] }
            if spec.isEmptyCollection("clusterIPs"), spec["clusterIP"] == old["clusterIP"] {
                spec["clusterIPs"] = old["clusterIPs"]
            }
        }
        if needsNodePort(spec), needsNodePort(old.objectValue ?? Fields()) {
            let before = old["ports"]?.arrayValue ?? []
            var used = Set(
                (spec["ports"]?.arrayValue ?? []).map { $0["nodePort"]?.integerValue ?? 0 })
            spec.inItems("ports") { port in
                guard (port["nodePort"]?.integerValue ?? 0) == 0 else { return }
                let same = before.first {
                    $0["port"] == port["port"] && $0["protocol"] == port["protocol"]
                        && ($0["name"] ?? "") == (port["name"] ?? "")
                }
                guard let number = same?["nodePort"]?.integerValue, used.insert(number).inserted else { return }
                port["nodePort"] = .integer(number)
            }
        }
        if needsHealthCheck(spec), needsHealthCheck(old.objectValue ?? Fields()),
            (spec["healthCheckNodePort"]?.integerValue ?? 0) == 0
        {
            spec["healthCheckNodePort"] = old["healthCheckNodePort"]
        }
    }

    /// A service that changed its type loses what only the old type had, unless the client changed it at once.
    private static func dropUnused(_ spec: inout Fields, _ old: Value) {
        let was = old.objectValue ?? Fields()
        if needsClusterIP(was.text("type")), !needsClusterIP(spec.text("type")) {
            for name in ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"] where spec[name] == was[name] {
                spec[name] = nil
            }
        }
        if needsNodePort(was), !needsNodePort(spec) {
            let before = was["ports"]?.arrayValue ?? []
            spec.inItems("ports") { port in
                if before.contains(where: { $0["nodePort"] == port["nodePort"] }) { port["nodePort"] = nil }
            }
        }
        if needsHealthCheck(was), !needsHealthCheck(spec), spec["healthCheckNodePort"] == was["healthCheckNodePort"] {
            spec["healthCheckNodePort"] = nil
        }
        if was["type"] == "LoadBalancer", spec["type"] != "LoadBalancer" {
            for name in ["allocateLoadBalancerNodePorts", "loadBalancerClass"] where spec[name] == was[name] {
                spec[name] = nil
            }
        }
        if isExternal(was), !isExternal(spec), spec["externalTrafficPolicy"] == was["externalTrafficPolicy"] {
            spec["externalTrafficPolicy"] = nil
        }
    }

    private static func needsClusterIP(_ type: String) -> Bool { type != "ExternalName" }

    package static func needsNodePort(_ spec: Fields) -> Bool {
        switch spec.text("type") {
        case "NodePort": true
        case "LoadBalancer": spec["allocateLoadBalancerNodePorts"]?.boolValue ?? true
        case _: false
        }
    }

    package static func needsHealthCheck(_ spec: Fields) -> Bool {
        spec["type"] == "LoadBalancer" && spec["externalTrafficPolicy"] == "Local"
    }

    private static func isExternal(_ spec: Fields) -> Bool {
        ["NodePort", "LoadBalancer"].contains(spec.text("type"))
            || (spec["type"] == "ClusterIP" && !spec.isEmptyCollection("externalIPs"))
    }

    /// `clusterIP` is the first of `clusterIPs`; clients that know only the former lead.
    package static func normalizeAddresses(_ service: inout Fields, from old: Value?) {
        let was = old?["spec"]
        service.inObject("spec") { spec in
            let first = spec["clusterIPs"]?.arrayValue?.first
            guard let was else {
                if !spec.isUnset("clusterIP"), spec.isEmptyCollection("clusterIPs"), let only = spec["clusterIP"] {
                    spec["clusterIPs"] = [only]
                } else if spec.isUnset("clusterIP"), let first {
                    spec["clusterIP"] = first
                }
                return
            }
            let isSameList = spec["clusterIPs"] == was["clusterIPs"]
            if spec.isUnset("clusterIP"), was["clusterIP"] != nil, isSameList { spec["clusterIPs"] = nil }
            if let only = spec["clusterIP"], only != was["clusterIP"], isSameList { spec["clusterIPs"] = [only] }
        }
    }

    /// The address families of a service in a cluster that has IPv4 only.
    package static func setFamilies(_ spec: inout Fields, _ errors: inout [FieldError]) {
        guard needsClusterIP(spec.text("type")) else { return }
        let isSelectorless = spec.text("clusterIP") == "None" && spec.isEmptyCollection("selector")
        if isSelectorless {
            // Nobody serves such a service, so that it may claim both families anywhere.
            spec.setDefault("ipFamilyPolicy", "RequireDualStack")
            if spec.isEmptyCollection("ipFamilies") { spec["ipFamilies"] = ["IPv4"] }
            if spec["ipFamilyPolicy"] != "SingleStack", let only = spec["ipFamilies"]?.arrayValue, only.count == 1 {
                spec["ipFamilies"] = .array(only + [only[0] == "IPv4" ? "IPv6" : "IPv4"])
            }
            return
        }
        spec.setDefault("ipFamilyPolicy", "SingleStack")
        if spec.isEmptyCollection("ipFamilies") { spec["ipFamilies"] = ["IPv4"] }
        if spec["ipFamilyPolicy"] == "RequireDualStack" {
            errors.append(
                .invalid(
                    "spec.ipFamilyPolicy", "RequireDualStack",
                    "this cluster is not configured for dual-stack services"))
        }
        for (index, family) in (spec["ipFamilies"]?.arrayValue ?? []).enumerated() where family == "IPv6" {
            errors.append(.invalid("spec.ipFamilies[\(index)]", "IPv6", "not configured on this cluster"))
        }
    }
}
