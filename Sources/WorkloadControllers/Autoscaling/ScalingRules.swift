internal import APIMachinery
package import APITypes
package import Determinism

/// How fast and how far an autoscaler may go: stabilization windows, policies and bounds.
package enum ScalingRules {
    /// What is remembered of the past of one autoscaler.
    package struct History: Sendable, Equatable {
        package struct Entry: Sendable, Equatable {
            package var at: Timestamp
            package var replicas: Int
        }

        /// What was recommended, and when.
        package var recommendations: [Entry] = []
        /// By how much was scaled, and when.
        package var ups: [Entry] = []
        package var downs: [Entry] = []

        package init() {}

        /// What no window or period reaches back to any more.
        static let reach = Duration.seconds(3600)

        package mutating func recordScaling(from: Int, to: Int, now: Timestamp) {
            let entry = Entry(at: now, replicas: abs(to - from))
            if to > from { ups.append(entry) } else { downs.append(entry) }
            ups.removeAll { $0.at + Self.reach < now }
            downs.removeAll { $0.at + Self.reach < now }
        }
    }

    package struct Result: Sendable, Equatable {
        package var replicas: Int
        package var stabilized: (reason: String, message: String)?
        package var limited: (reason: String, message: String)?

        package static func == (left: Result, right: Result) -> Bool {
            left.replicas == right.replicas && left.stabilized?.reason == right.stabilized?.reason
                && left.limited?.reason == right.limited?.reason
        }
    }

    package static let defaultDownStabilization = Duration.seconds(300)

    /// Bounds a recommendation, and remembers it.
    package static func apply(
        _ recommended: Int, current: Int, bounds: ClosedRange<Int>, behavior: HorizontalPodAutoscalerBehavior?,
        history: inout History, now: Timestamp
    ) -> Result {
        let stable = stabilize(recommended, current: current, behavior, &history, now)
        var result = Result(replicas: stable)
        if stable > recommended {
            result.stabilized = (
                "ScaleDownStabilized",
                "recent recommendations were higher than current one, applying the highest recent recommendation"
            )
        } else if stable < recommended {
            result.stabilized = (
                "ScaleUpStabilized",
                "recent recommendations were lower than current one, applying the lowest recent recommendation"
            )
        }
        limit(&result, current: current, bounds: bounds, behavior, history, now)
        return result
    }

    // MARK: Stabilization

    private static func stabilize(
        _ recommended: Int, current: Int, _ behavior: HorizontalPodAutoscalerBehavior?, _ history: inout History,
        _ now: Timestamp
    ) -> Int {
        let up = window(behavior?.scaleUp, default: .zero)
        let down = window(behavior?.scaleDown, default: defaultDownStabilization)
        // After a start nothing is known of the past but what it came to.
        if history.recommendations.isEmpty { history.recommendations = [History.Entry(at: now, replicas: current)] }
        var lowest = recommended
        var highest = recommended
        for entry in history.recommendations {
            if entry.at + up > now { lowest = min(lowest, entry.replicas) }
            if entry.at + down > now { highest = max(highest, entry.replicas) }
        }
        history.recommendations.removeAll { $0.at + max(up, down) <= now }
        history.recommendations.append(History.Entry(at: now, replicas: recommended))
        // Up to the lowest, down to the highest of what was recommended lately.
        return max(min(current, highest), lowest)
    }

    private static func window(_ rules: HPAScalingRules?, default window: Duration) -> Duration {
        rules?.stabilizationWindowSeconds.map { .seconds(Int64($0)) } ?? window
    }

    // MARK: Limits

    private static func limit(
        _ result: inout Result, current: Int, bounds: ClosedRange<Int>, _ behavior: HorizontalPodAutoscalerBehavior?,
        _ history: History, _ now: Timestamp
    ) {
        if result.replicas > current {
            let rate = max(upLimit(current, behavior, history, now), current)
            let maximum = min(rate, bounds.upperBound)
            guard result.replicas > maximum else { return low(&result, bounds) }
            result.limited =
                rate < bounds.upperBound
                ? ("ScaleUpLimit", "the desired replica count is increasing faster than the maximum scale rate")
                : ("TooManyReplicas", "the desired replica count is more than the maximum replica count")
            result.replicas = maximum
        } else if result.replicas < current {
            let rate = min(downLimit(current, behavior, history, now), current)
            let minimum = max(rate, bounds.lowerBound)
            guard result.replicas < minimum else { return }
            result.limited =
                rate > bounds.lowerBound
                ? ("ScaleDownLimit", "the desired replica count is decreasing faster than the maximum scale rate")
                : ("TooFewReplicas", "the desired replica count is less than the minimum replica count")
            result.replicas = minimum
        }
    }

    private static func low(_ result: inout Result, _ bounds: ClosedRange<Int>) {
        guard result.replicas < bounds.lowerBound else { return }
        result.limited = ("TooFewReplicas", "the desired replica count is less than the minimum replica count")
        result.replicas = bounds.lowerBound
    }

    private static func upLimit(
        _ current: Int, _ behavior: HorizontalPodAutoscalerBehavior?, _ history: History, _ now: Timestamp
    ) -> Int {
        // Without behavior: doubling, or up to four at once.
        guard let rules = behavior?.scaleUp else { return max(2 * current, 4) }
        if rules.selectPolicy == "Disabled" { return current }
        let proposals = rules.policies.map { policy in
            let start = max(current - change(history.ups, policy, now), 0)
            return policy.type == "Pods"
                ? start + Int(policy.value)
                : Int((Double(start) * (1 + Double(policy.value) / 100)).rounded(.up))
        }
        return (rules.selectPolicy == "Min" ? proposals.min() : proposals.max()) ?? current
    }

    private static func downLimit(
        _ current: Int, _ behavior: HorizontalPodAutoscalerBehavior?, _ history: History, _ now: Timestamp
    ) -> Int {
        guard let rules = behavior?.scaleDown else { return 0 }
        if rules.selectPolicy == "Disabled" { return current }
        let proposals = rules.policies.map { policy in
            let start = current + change(history.downs, policy, now)
            return policy.type == "Pods"
                ? start - Int(policy.value) : Int(Double(start) * (1 - Double(policy.value) / 100))
        }
        // The policy that allows most allows the lowest number.
        return (rules.selectPolicy == "Min" ? proposals.max() : proposals.min()) ?? current
    }

    /// By how much was scaled within a policy's period.
    private static func change(_ entries: [History.Entry], _ policy: HPAScalingPolicy, _ now: Timestamp) -> Int {
        let period = Duration.seconds(Int64(policy.periodSeconds))
        return entries.filter { $0.at + period > now }.reduce(0) { $0 + $1.replicas }
    }
}
