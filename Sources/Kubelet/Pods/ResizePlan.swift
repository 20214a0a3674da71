package import APIMachinery
package import APITypes

/// What of a pod's resources was granted, and what is in force: they differ from its spec while it is being resized.
package struct ResizeLedger: Sendable, Equatable {
    /// By the name of a container, as are the others.
    package var granted: [String: ResourceRequirements] = [:]
    package var inForce: [String: ResourceRequirements] = [:]
    /// Why a wish was not granted: reason `Deferred` or `Infeasible`.
    package var refusal: WaitingReason?
    /// Why what was granted could not be put in force.
    package var problem: String?

    package init() {}

    /// What a kubelet takes over with a pod that runs already: what its status says to be in force, else its spec.
    package init(_ pod: Pod) {
        let statuses = pod.status.containerStatuses + pod.status.initContainerStatuses
        for container in pod.spec.containers + pod.spec.initContainers {
            let status = statuses.first { $0.name == container.name && $0.state.running != nil }
            granted[container.name] = status?.resources ?? container.resources
            if status != nil { inForce[container.name] = granted[container.name] }
        }
    }

    /// The pod as it was granted.
    package func applied(to pod: Pod) -> Pod {
        func replaced(_ containers: [Container]) -> [Container] {
            containers.map { container in
                var container = container
                container.resources = granted[container.name] ?? container.resources
                return container
            }
        }
        var pod = pod
        pod.spec.containers = replaced(pod.spec.containers)
        pod.spec.initContainers = replaced(pod.spec.initContainers)
        return pod
    }

    /// Whether a running container has something else than was granted.
    package var isInProgress: Bool {
        inForce.contains { name, resources in
            granted[name].map { ResizePlan.differs($0, resources) } ?? false
        }
    }
}

/// Resizing pods in place. Pure.
package enum ResizePlan {
    /// The ledger with the pod's wishes judged: granted whole, or refused with a reason.
    package static func judge(
        _ ledger: ResizeLedger, _ pod: Pod, beside others: [Pod], _ allocatable: [String: Quantity]
    ) -> ResizeLedger {
        var result = ledger
        result.refusal = nil
        guard wants(pod, beyond: ledger) else { return result }
        if let shortage = NodeFitPlan.shortage(pod, beside: [], allocatable) {
            result.refusal = WaitingReason(
                "Infeasible",
                "Node didn't have enough capacity: \(shortage.name), requested: \(shortage.wanted), "
                    + "capacity: \(shortage.capacity)")
        } else if let shortage = NodeFitPlan.shortage(pod, beside: others, allocatable) {
            result.refusal = WaitingReason(
                "Deferred",
                "Node didn't have enough resource: \(shortage.name), requested: \(shortage.wanted), "
                    + "used: \(shortage.used), capacity: \(shortage.capacity)")
        } else {
            for container in pod.spec.containers + pod.spec.initContainers {
                result.granted[container.name] = container.resources
            }
        }
        return result
    }

    private static func wants(_ pod: Pod, beyond ledger: ResizeLedger) -> Bool {
        (pod.spec.containers + pod.spec.initContainers).contains {
            guard let granted = ledger.granted[$0.name] else { return true }
            return differs(granted, $0.resources)
        }
    }

    /// Whether cpu or memory differ: nothing else can be resized.
    package static func differs(_ left: ResourceRequirements, _ right: ResourceRequirements) -> Bool {
        ["cpu", "memory"].contains { changed($0, left, right) }
    }

    /// Whether a container has to be restarted to take this change.
    package static func needsRestart(
        _ container: Container, from old: ResourceRequirements, to new: ResourceRequirements
    ) -> Bool {
        container.resizePolicy.contains {
            $0.restartPolicy == "RestartContainer" && changed($0.resourceName, old, new)
        }
    }

    private static func changed(_ name: String, _ left: ResourceRequirements, _ right: ResourceRequirements) -> Bool {
        left.requests[name] != right.requests[name] || left.limits[name] != right.limits[name]
    }
}
