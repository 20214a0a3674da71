package import APITypes
package import APIMachinery
package import Determinism
internal import ControllerRuntime

/// How many replicas one resource metric asks for; upstream's replica calculator.
///
/// Pods without metrics, and pods that have only just started, are counted so that they can only make the change
/// smaller: in full when that would stop a shrinking, as idle when that would stop a growing.
package enum ResourceUsage {
    /// A pod's readiness is not trusted for its first half minute, nor its usage of cpu for the first five.
    package static let initialReadinessDelay = Duration.seconds(30)
    package static let cpuInitialization = Duration.seconds(300)
    package static let tolerance = 0.1

    package enum Target: Sendable, Equatable {
        /// Percent of what the pods request.
        case utilization(Int)
        /// Thousandths of a unit, per pod.
        case average(Int64)
    }

    /// What the metrics say of one pod: thousandths of a unit.
    package struct Sample: Sendable, Equatable {
        package var value: Int64
        package var timestamp: Timestamp
        package var window: Duration

        package init(value: Int64, timestamp: Timestamp, window: Duration) {
            self.value = value
            self.timestamp = timestamp
            self.window = window
        }
    }

    package struct Proposal: Sendable, Equatable {
        package var replicas: Int
        /// In percent; `nil` for targets that are amounts.
        package var utilization: Int?
        /// Thousandths of a unit, per pod.
        package var average: Int64
    }

    /// Why nothing can be proposed, in upstream's words.
    package struct Failure: Error, Sendable, Equatable {
        package let message: String
    }

    /// What one metric is about.
    package struct Question: Sendable {
        package var resource: String
        /// Only this container of each pod; `nil` for all.
        package var container: String?
        package var target: Target
        package var tolerances: (up: Double, down: Double)

        package init(resource: String, container: String?, target: Target, tolerances: (up: Double, down: Double)) {
            self.resource = resource
            self.container = container
            self.target = target
            self.tolerances = tolerances
        }

        func isTolerated(_ ratio: Double) -> Bool { ratio >= 1 - tolerances.down && ratio <= 1 + tolerances.up }
    }

    package static func propose(
        _ question: Question, current: Int, pods: [Pod], samples: [String: Sample], now: Timestamp
    ) throws(Failure) -> Proposal {
        guard !pods.isEmpty else { throw Failure(message: "no pods returned by selector while calculating replica count") }
        let groups = Groups(pods, samples, resource: question.resource, now: now)
        var usage = samples.filter { groups.ready.contains($0.key) }.mapValues(\.value)
        let requests = try requests(of: pods, question)
        guard !usage.isEmpty else {
            throw Failure(message: "did not receive metrics for targeted pods (pods might be unready)")
        }
        let first = ratio(usage, requests, question.target)
        let average = usage.values.reduce(0, +) / Int64(usage.count)
        func proposal(_ replicas: Int) -> Proposal {
            Proposal(replicas: replicas, utilization: first.utilization, average: average)
        }
        let countsUnready = !groups.unready.isEmpty && first.ratio > 1
        if !countsUnready, groups.missing.isEmpty {
            if question.isTolerated(first.ratio) { return proposal(current) }
            return proposal(Int((first.ratio * Double(usage.count)).rounded(.up)))
        }
        for name in groups.missing {
            if first.ratio < 1 {
                usage[name] = assumed(name, requests, question.target)
            } else if first.ratio > 1 {
                usage[name] = 0
            }
        }
        if countsUnready { for name in groups.unready { usage[name] = 0 } }
        let second = ratio(usage, requests, question.target).ratio
        let isTurned = (first.ratio < 1 && second > 1) || (first.ratio > 1 && second < 1)
        if question.isTolerated(second) || isTurned { return proposal(current) }
        let replicas = Int((second * Double(usage.count)).rounded(.up))
        if (second < 1 && replicas > current) || (second > 1 && replicas < current) { return proposal(current) }
        return proposal(replicas)
    }

    private static func assumed(_ name: String, _ requests: [String: Int64], _ target: Target) -> Int64 {
        switch target {
        case .utilization(let percent): (requests[name] ?? 0) * Int64(max(100, percent)) / 100
        case .average(let amount): amount
        }
    }

    private static func ratio(
        _ usage: [String: Int64], _ requests: [String: Int64], _ target: Target
    ) -> (ratio: Double, utilization: Int?) {
        let total = usage.values.reduce(0, +)
        switch target {
        case .utilization(let percent):
            let requested = usage.keys.reduce(0) { $0 + (requests[$1] ?? 0) }
            guard requested > 0, percent > 0 else { return (1, nil) }
            let utilization = Int(total * 100 / requested)
            return (Double(utilization) / Double(percent), utilization)
        case .average(let amount):
            guard amount > 0 else { return (1, nil) }
            return (Double(total / Int64(usage.count)) / Double(amount), nil)
        }
    }

    /// Needed only where the target is a share of them.
    private static func requests(of pods: [Pod], _ question: Question) throws(Failure) -> [String: Int64] {
        guard case .utilization = question.target else { return [:] }
        var requests: [String: Int64] = [:]
        for pod in pods {
            let sidecars = pod.spec.initContainers.filter { $0.restartPolicy == "Always" }
            var sum: Int64 = 0
            for container in pod.spec.containers + sidecars
            where question.container == nil || container.name == question.container {
                guard let request = container.resources.requests[question.resource] else {
                    throw Failure(
                        message: "missing request for \(question.resource) in container \(container.name) of Pod "
                            + pod.metadata.name)
                }
                sum += request.milliValue
            }
            requests[pod.metadata.name] = sum
        }
        return requests
    }

    // MARK: Pods by what their numbers are worth

    private struct Groups {
        var ready: Set<String> = []
        var unready: Set<String> = []
        var missing: Set<String> = []

        init(_ pods: [Pod], _ samples: [String: Sample], resource: String, now: Timestamp) {
            for pod in pods where !pod.metadata.isBeingDeleted && pod.status.phase != "Failed" {
                let name = pod.metadata.name
                if pod.status.phase == "Pending" {
                    unready.insert(name)
                } else if let sample = samples[name] {
                    if resource == "cpu", Self.isUnready(pod, sample, now) {
                        unready.insert(name)
                    } else {
                        ready.insert(name)
                    }
                } else {
                    missing.insert(name)
                }
            }
        }

        private static func isUnready(_ pod: Pod, _ sample: Sample, _ now: Timestamp) -> Bool {
            guard let condition = pod.condition("Ready"), let start = pod.status.startTime,
                let since = condition.lastTransitionTime
            else { return true }
            if start + ResourceUsage.cpuInitialization > now {
                return condition.status == "False" || sample.timestamp < since + sample.window
            }
            return condition.status == "False" && start + ResourceUsage.initialReadinessDelay > since
        }
    }
}
