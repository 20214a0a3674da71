internal import APITypes

/// From the statuses of containers to the one word for the whole pod.
enum PodPhasePlan {
    /// - Parameter isFinished: Nothing will be started any more, whatever the restart policy says.
    static func phase(_ pod: Pod, _ status: PodStatus, isFinished: Bool) -> String {
        let (pendingInit, failedInit) = initialization(pod, status)
        if failedInit, pod.spec.restartPolicy == "Never" { return "Failed" }
        var running = 0
        var waiting = 0
        var stopped = 0
        var succeeded = 0
        var unknown = 0
        var restarting = 0
        for container in pod.spec.containers {
            guard let state = status.containerStatuses.first(where: { $0.name == container.name }) else {
                unknown += 1
                continue
            }
            if state.state.running != nil {
                running += 1
            } else if let terminated = state.state.terminated {
                stopped += 1
                if terminated.exitCode == 0 { succeeded += 1 }
                if PodPlan.restarts(container, pod, exitCode: terminated.exitCode) { restarting += 1 }
            } else if state.lastState.terminated != nil {
                stopped += 1
                restarting += 1
            } else {
                waiting += 1
            }
        }
        if isFinished { return finalPhase(stopped: stopped, succeeded: succeeded, of: pod.spec.containers.count) }
        if pendingInit { return "Pending" }
        if waiting > 0 || unknown > 0 { return "Pending" }
        if running > 0 { return "Running" }
        if restarting > 0 { return "Running" }
        return stopped == succeeded ? "Succeeded" : "Failed"
    }

    private static func finalPhase(stopped: Int, succeeded: Int, of count: Int) -> String {
        succeeded == count && stopped == count ? "Succeeded" : "Failed"
    }

    private static func initialization(_ pod: Pod, _ status: PodStatus) -> (isPending: Bool, hasFailed: Bool) {
        let hasStarted = status.containerStatuses.contains {
            $0.state.running != nil || $0.state.terminated != nil || $0.lastState.terminated != nil
        }
        guard !hasStarted else { return (false, false) }
        var isPending = false
        var hasFailed = false
        for container in pod.spec.initContainers {
            let state = status.initContainerStatuses.first { $0.name == container.name }
            if Pod.isSidecar(container) {
                if state?.started != true { isPending = true }
                continue
            }
            if let terminated = state?.state.terminated {
                if terminated.exitCode != 0 {
                    hasFailed = true
                    isPending = true
                }
            } else {
                isPending = true
            }
        }
        return (isPending, hasFailed)
    }
}
