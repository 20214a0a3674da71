package import APITypes
internal import Determinism

/// The whole status of a pod from what is known about it. Pure; what others wrote into it is kept.
package enum PodStatusPlan {
    package static func status(_ pod: Pod, _ facts: StatusFacts) -> PodStatus {
        if facts.isRejected { return rejected(pod, facts) }
        var status = pod.status
        let containers = ContainerStatusPlan(pod: pod, facts: facts)
        status.initContainerStatuses = containers.statuses(
            of: pod.spec.initContainers, before: pod.status.initContainerStatuses, role: .initial)
        status.containerStatuses = containers.statuses(
            of: pod.spec.containers, before: pod.status.containerStatuses, role: .regular)
        status.ephemeralContainerStatuses = containers.statuses(
            of: pod.spec.ephemeralContainers.map(\.asContainer), before: pod.status.ephemeralContainerStatuses,
            role: .ephemeral)
        decidePhase(&status, pod, facts)
        addAddresses(&status, pod, facts)
        status.startTime = pod.status.startTime ?? facts.now
        status.qosClass = pod.status.qosClass.isEmpty ? QualityOfService(pod).rawValue : pod.status.qosClass
        status.observedGeneration = pod.metadata.generation
        PodConditionPlan(pod: pod, facts: facts).apply(to: &status)
        return status
    }

    /// Whether `new` differs from `old` in more than the generation that it speaks of.
    package static func saysMore(_ new: PodStatus, than old: PodStatus) -> Bool {
        var new = new
        new.observedGeneration = old.observedGeneration
        for index in new.conditions.indices {
            let before = old.conditions.first { $0.type == new.conditions[index].type }
            new.conditions[index].observedGeneration = before?.observedGeneration ?? 0
        }
        return new != old
    }

    private static func rejected(_ pod: Pod, _ facts: StatusFacts) -> PodStatus {
        var status = pod.status
        decidePhase(&status, pod, facts)
        status.startTime = pod.status.startTime ?? facts.now
        status.qosClass = pod.status.qosClass.isEmpty ? QualityOfService(pod).rawValue : pod.status.qosClass
        status.observedGeneration = pod.metadata.generation
        return status
    }

    private static func decidePhase(_ status: inout PodStatus, _ pod: Pod, _ facts: StatusFacts) {
        if let failure = facts.failure {
            status.phase = "Failed"
            status.reason = failure.reason
            status.message = failure.message
            return
        }
        // Once over, a pod never comes back.
        guard !pod.isTerminal else { return }
        status.phase = PodPhasePlan.phase(pod, status, isFinished: facts.isFinished)
    }

    private static func addAddresses(_ status: inout PodStatus, _ pod: Pod, _ facts: StatusFacts) {
        if let host = facts.hostIPs.first {
            status.hostIP = host
            status.hostIPs = facts.hostIPs.map {
                var address = HostIP()
                address.ip = $0
                return address
            }
        }
        let ips =
            pod.usesHostNetwork && !facts.runtime.sandboxes.isEmpty
            ? facts.hostIPs : facts.runtime.readySandbox?.ips ?? []
        guard let first = ips.first else { return }
        status.podIP = first
        status.podIPs = ips.map {
            var address = PodIP()
            address.ip = $0
            return address
        }
    }
}
