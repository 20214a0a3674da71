package import APIMachinery

/// What objects cost: the evaluators behind ResourceQuotas, for admission and for the quota controller.
package enum QuotaUsage {
    package typealias Amounts = [String: Quantity]

    /// Core resources that are counted under their plain name, too.
    private static let counted: Set<String> = [
        "configmaps", "persistentvolumeclaims", "replicationcontrollers", "resourcequotas", "secrets", "services",
    ]

    /// What one object is charged for. A pod that has ended costs no more than its entry.
    package static func of(_ object: Value, resource: GroupResource) -> Amounts {
        var usage: Amounts = ["count/\(resource)": .units(1)]
        guard resource.group.isEmpty else { return usage }
        if counted.contains(resource.resource) { usage[resource.resource] = .units(1) }
        switch resource.resource {
        case "pods": addPod(object, &usage)
        case "services": addService(object, &usage)
        case "persistentvolumeclaims": addClaim(object, &usage)
        case _: break
        }
        return usage
    }

    /// Whether changes of an object can change what it costs.
    package static func changesOnUpdate(_ resource: GroupResource) -> Bool {
        resource.group.isEmpty && ["services", "persistentvolumeclaims"].contains(resource.resource)
    }

    // MARK: Pods

    private static func addPod(_ pod: Value, _ usage: inout Amounts) {
        let phase = pod[path: "status", "phase"]
        guard phase != "Failed", phase != "Succeeded", let spec = pod["spec"]?.objectValue else { return }
        usage.merge(compute(PodRequests.total(spec), PodRequests.total(spec, of: "limits"))) { $1 }
    }

    private static func compute(_ requests: Amounts, _ limits: Amounts) -> Amounts {
        var usage: Amounts = ["pods": .units(1)]
        for (name, amount) in requests {
            switch name {
            case "cpu", "memory", "ephemeral-storage":
                usage[name] = amount
                usage["requests.\(name)"] = amount
            case _ where name.hasPrefix("hugepages-"):
                usage[name] = amount
                usage["requests.\(name)"] = amount
            case _ where name.contains("/"):
                usage["requests.\(name)"] = amount
            case _:
                break
            }
        }
        for (name, amount) in limits where ["cpu", "memory", "ephemeral-storage"].contains(name) {
            usage["limits.\(name)"] = amount
        }
        return usage
    }

    /// Quotas on cpu or memory oblige every container to say how much it wants: the names that are missing.
    package static func missingRequirements(_ pod: Value, restricted: [String]) -> String? {
        let obliging: Set<String> = [
            "cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory",
        ]
        let required = obliging.intersection(restricted)
        guard !required.isEmpty else { return nil }
        // What the pod as a whole says stands for its containers.
        let whole = Set(
            compute(
                amounts(pod[path: "spec", "resources", "requests"]), amounts(pod[path: "spec", "resources", "limits"])
            ).keys)
        let containers =
            (pod[path: "spec", "containers"]?.arrayValue ?? [])
            + (pod[path: "spec", "initContainers"]?.arrayValue ?? [])
        var missing: [String: Set<String>] = [:]
        for container in containers {
            let said = Set(
                compute(
                    amounts(container[path: "resources", "requests"]), amounts(container[path: "resources", "limits"])
                ).keys)
            for name in required.subtracting(said).subtracting(whole) {
                missing[name, default: []].insert(container["name"]?.stringValue ?? "")
            }
        }
        guard !missing.isEmpty else { return nil }
        let texts = missing.sorted { $0.key < $1.key }.map {
            "\($0.key) for: \($0.value.sorted().joined(separator: ","))"
        }
        return "must specify " + texts.joined(separator: "; ")
    }

    private static func amounts(_ value: Value?) -> Amounts {
        var amounts: Amounts = [:]
        for field in value?.objectValue ?? Fields() {
            amounts[field.name] = field.value.stringValue.flatMap { Quantity($0) }
        }
        return amounts
    }

    // MARK: Services and claims

    private static func addService(_ service: Value, _ usage: inout Amounts) {
        let spec = service["spec"]?.objectValue ?? Fields()
        let ports = Int64(spec["ports"]?.arrayValue?.count ?? 0)
        usage["services.nodeports"] = .zero
        usage["services.loadbalancers"] = .zero
        switch spec.text("type") {
        case "NodePort":
            usage["services.nodeports"] = .units(ports)
        case "LoadBalancer":
            let allocates = spec["allocateLoadBalancerNodePorts"]?.boolValue ?? true
            let chosen = (spec["ports"]?.arrayValue ?? []).filter { ($0["nodePort"]?.integerValue ?? 0) != 0 }
            usage["services.nodeports"] = .units(allocates ? ports : Int64(chosen.count))
            usage["services.loadbalancers"] = .units(1)
        case _: break
        }
    }

    private static func addClaim(_ claim: Value, _ usage: inout Amounts) {
        let className =
            claim[path: "metadata", "annotations", "volume.beta.kubernetes.io/storage-class"]?.stringValue
            ?? claim[path: "spec", "storageClassName"]?.stringValue ?? ""
        let suffix = ".storageclass.storage.k8s.io/"
        if !className.isEmpty { usage[className + suffix + "persistentvolumeclaims"] = .units(1) }
        guard let text = claim[path: "spec", "resources", "requests", "storage"]?.stringValue,
            let size = Quantity(text)
        else { return }
        usage["requests.storage"] = size
        if !className.isEmpty { usage[className + suffix + "requests.storage"] = size }
    }
}
