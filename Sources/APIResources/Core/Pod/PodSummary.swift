internal import APIMachinery
internal import Determinism

/// A pod in three cells: how many containers are ready, the one word for its state, its restarts.
///
/// The rules are those of upstream's printer. The first init container that is not through decides the word; then
/// the containers do, the first of those with something to say last; a deletion overrules both.
struct PodSummary {
    private(set) var ready = 0
    private(set) var total: Int
    private(set) var reason: String
    private(set) var restarts = Restarts()

    struct Restarts {
        private(set) var count: Int64 = 0
        private(set) var last: Timestamp?

        fileprivate mutating func add(_ status: Value) {
            count += status.number("restartCount")
            guard let finished = status.time("lastState", "terminated", "finishedAt") else { return }
            last = max(last ?? finished, finished)
        }
    }

    init(_ pod: Value) {
        let initContainers = pod.items("spec", "initContainers")
        let sidecars = Set(
            initContainers.filter { $0.text("restartPolicy") == "Always" }.map { $0.text("name") })
        total = pod.items("spec", "containers").count + sidecars.count
        reason = pod.text("status", "reason").or(pod.text("status", "phase"))
        if pod.items("status", "conditions").contains(where: Self.isGated) { reason = "SchedulingGated" }

        var sidecarRestarts = Restarts()
        let isInitializing = readInitContainers(
            pod.items("status", "initContainerStatuses"), of: initContainers.count, sidecars, &sidecarRestarts)
        if !isInitializing || pod.isTrue("Initialized") {
            restarts = sidecarRestarts
            readContainers(of: pod)
        }
        overruleWhenDeleted(pod)
    }

    private static func isGated(_ condition: Value) -> Bool {
        condition["type"] == "PodScheduled" && condition["reason"] == "SchedulingGated"
    }

    /// Reads up to the first init container that is not through; says whether there is one.
    private mutating func readInitContainers(
        _ statuses: [Value], of count: Int, _ sidecars: Set<String>, _ sidecarRestarts: inout Restarts
    ) -> Bool {
        for (index, status) in statuses.enumerated() {
            restarts.add(status)
            let isSidecar = sidecars.contains(status.text("name"))
            if isSidecar { sidecarRestarts.add(status) }
            let terminated = status[path: "state", "terminated"]
            if let terminated, terminated.number("exitCode") == 0 { continue }
            if isSidecar, status.flag("started") {
                if status.flag("ready") { ready += 1 }
                continue
            }
            let waiting = status.text("state", "waiting", "reason")
            if let terminated {
                reason = "Init:" + Self.ending(terminated)
            } else if !waiting.isEmpty, waiting != "PodInitializing" {
                reason = "Init:" + waiting
            } else {
                reason = "Init:\(index)/\(count)"
            }
            return true
        }
        return false
    }

    private mutating func readContainers(of pod: Value) {
        var hasRunning = false
        for status in pod.items("status", "containerStatuses").reversed() {
            restarts.add(status)
            let waiting = status.text("state", "waiting", "reason")
            if !waiting.isEmpty {
                reason = waiting
            } else if let terminated = status[path: "state", "terminated"] {
                reason = Self.ending(terminated)
            } else if status.flag("ready"), status.has("state", "running") {
                hasRunning = true
                ready += 1
            }
        }
        if reason == "Completed", hasRunning { reason = pod.isTrue("Ready") ? "Running" : "NotReady" }
    }

    private mutating func overruleWhenDeleted(_ pod: Value) {
        guard pod.has("metadata", "deletionTimestamp") else { return }
        if pod.text("status", "reason") == "NodeLost" {
            reason = "Unknown"
        } else if !["Succeeded", "Failed"].contains(pod.text("status", "phase")) {
            reason = "Terminating"
        }
    }

    private static func ending(_ terminated: Value) -> String {
        let reason = terminated.text("reason")
        guard reason.isEmpty else { return reason }
        let signal = terminated.number("signal")
        return signal != 0 ? "Signal:\(signal)" : "ExitCode:\(terminated.number("exitCode"))"
    }
}
