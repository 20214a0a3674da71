internal import APITypes
internal import Determinism

/// The conditions that the kubelet owns, in upstream's words.
struct PodConditionPlan {
    let pod: Pod
    let facts: StatusFacts

    private struct Verdict {
        var isTrue: Bool
        var reason = ""
        var message = ""
    }

    func apply(to status: inout PodStatus) {
        let ready = containersReady(status)
        set("PodReadyToStartContainers", readyToStart, &status)
        set("Initialized", initialized(status), &status)
        set("Ready", podReady(status, containers: ready), &status)
        set("ContainersReady", ready, &status)
        set("PodScheduled", Verdict(isTrue: true), &status)
        tellOfResize(&status)
        if let why = facts.disruption {
            set("DisruptionTarget", Verdict(isTrue: true, reason: why.reason, message: why.message), &status)
        }
    }

    /// Two conditions that are there only while there is something to say.
    private func tellOfResize(_ status: inout PodStatus) {
        let ledger = facts.resize
        for (type, verdict) in [
            ("PodResizePending", ledger.refusal.map { Verdict(isTrue: true, reason: $0.reason, message: $0.message) }),
            ("PodResizeInProgress", ledger.isInProgress
                ? Verdict(isTrue: true, reason: ledger.problem == nil ? "" : "Error", message: ledger.problem ?? "")
                : nil),
        ] {
            if let verdict { set(type, verdict, &status) } else { status.conditions.removeAll { $0.type == type } }
        }
    }

    private func set(_ type: String, _ verdict: Verdict, _ status: inout PodStatus) {
        var condition = PodCondition()
        condition.type = type
        condition.status = verdict.isTrue ? "True" : "False"
        condition.reason = verdict.reason
        condition.message = verdict.message
        condition.observedGeneration = pod.metadata.generation
        condition.lastTransitionTime = facts.now
        guard let index = status.conditions.firstIndex(where: { $0.type == type }) else {
            status.conditions.append(condition)
            return
        }
        // Others' conditions come first, then ours, in our order.
        let old = status.conditions.remove(at: index)
        if old.status == condition.status, let since = old.lastTransitionTime { condition.lastTransitionTime = since }
        condition.lastProbeTime = old.lastProbeTime
        status.conditions.append(condition)
    }

    private var readyToStart: Verdict {
        guard let sandbox = facts.runtime.readySandbox else { return Verdict(isTrue: false) }
        return Verdict(isTrue: sandbox.usesHostNetwork || !sandbox.ips.isEmpty)
    }

    private func initialized(_ status: PodStatus) -> Verdict {
        if status.phase == "Succeeded" { return Verdict(isTrue: true, reason: "PodCompleted") }
        let hasStarted = status.containerStatuses.contains {
            $0.state.running != nil || $0.state.terminated != nil || $0.lastState.terminated != nil
        }
        let incomplete = pod.spec.initContainers.filter { container in
            guard let state = status.initContainerStatuses.first(where: { $0.name == container.name }) else {
                return true
            }
            return Pod.isSidecar(container) ? state.started != true && !hasStarted : !state.ready && !hasStarted
        }
        guard !incomplete.isEmpty else { return Verdict(isTrue: true) }
        return Verdict(
            isTrue: false, reason: "ContainersNotInitialized",
            message: "containers with incomplete status: \(Self.list(incomplete.map(\.name)))")
    }

    private func containersReady(_ status: PodStatus) -> Verdict {
        if status.phase == "Succeeded" { return Verdict(isTrue: false, reason: "PodCompleted") }
        if status.phase == "Failed" { return Verdict(isTrue: false, reason: "PodFailed") }
        let all = status.initContainerStatuses + status.containerStatuses
        let watched = pod.spec.initContainers.filter(Pod.isSidecar) + pod.spec.containers
        let unready = watched.filter { container in all.first { $0.name == container.name }?.ready != true }
        guard !unready.isEmpty else { return Verdict(isTrue: true) }
        return Verdict(
            isTrue: false, reason: "ContainersNotReady",
            message: "containers with unready status: \(Self.list(unready.map(\.name)))")
    }

    private func podReady(_ status: PodStatus, containers: Verdict) -> Verdict {
        guard containers.isTrue else { return containers }
        let problems = pod.spec.readinessGates.compactMap { gate -> String? in
            guard let condition = status.conditions.first(where: { $0.type == gate.conditionType }) else {
                return "corresponding condition of pod readiness gate \"\(gate.conditionType)\" does not exist."
            }
            guard condition.status != "True" else { return nil }
            return "the status of pod readiness gate \"\(gate.conditionType)\" is not \"True\", but \(condition.status)"
        }
        guard !problems.isEmpty else { return Verdict(isTrue: true) }
        return Verdict(isTrue: false, reason: "ReadinessGatesNotReady", message: problems.joined(separator: ", "))
    }

    /// As Go prints a slice.
    private static func list(_ names: [String]) -> String { "[" + names.joined(separator: " ") + "]" }
}
