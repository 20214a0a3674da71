import APIMachinery
import APITypes
import Determinism
import TestKit
import Testing
import WorkloadControllers

@Suite("Autoscaling plans")
struct AutoscalingPlanTests {
    private static let now = Timestamp.testEpoch + .seconds(3600)

    private func pod(_ name: String, ready: Bool? = true, request: String? = "100m") -> Pod {
        var pod = Pod.sample(name, ready: ready)
        pod.status.startTime = .testEpoch
        pod.spec.containers[0].resources.requests["cpu"] = request.flatMap { Quantity($0) }
        return pod
    }

    private func propose(
        _ pods: [Pod], _ usage: [String: Int64], current: Int? = nil, target: ResourceUsage.Target = .utilization(50)
    ) throws(ResourceUsage.Failure) -> Int {
        let question = ResourceUsage.Question(
            resource: "cpu", container: nil, target: target, tolerances: (up: 0.1, down: 0.1))
        let samples = usage.mapValues {
            ResourceUsage.Sample(value: $0, timestamp: Self.now, window: .seconds(15))
        }
        return try ResourceUsage.propose(
            question, current: current ?? pods.count, pods: pods, samples: samples, now: Self.now).replicas
    }

    @Test("usage over target asks for more, under it for fewer, near it for the same")
    func proportional() throws {
        let pods = [pod("a"), pod("b")]
        #expect(try propose(pods, ["a": 100, "b": 100]) == 4)
        #expect(try propose(pods, ["a": 20, "b": 20]) == 1)
        #expect(try propose(pods, ["a": 54, "b": 54]) == 2)
        #expect(try propose(pods, ["a": 300, "b": 300], target: .average(100)) == 6)
    }

    @Test("pods that say nothing make a change smaller, never larger and never the other way round")
    func silentPods() throws {
        let pods = [pod("a"), pod("b"), pod("c")]
        // Growing: the silent pod counts as idle.
        #expect(try propose(pods, ["a": 100, "b": 100]) == 4)
        // Shrinking: it counts as using all it asked for.
        #expect(try propose(pods, ["a": 10, "b": 10]) == 3)
        // A pod that starts does not hold up growth beyond counting as idle.
        #expect(try propose([pod("a"), pod("new", ready: nil)], ["a": 200]) == 4)
    }

    @Test("without requests or without metrics nothing is proposed, and upstream's words say why")
    func failures() {
        #expect(throws: ResourceUsage.Failure.self) { try propose([pod("a", request: nil)], ["a": 10]) }
        #expect(throws: ResourceUsage.Failure.self) { try propose([pod("a")], [:]) }
    }

    @Test("growth is doubled at most, and shrinking waits for five minutes of low recommendations")
    func rules() {
        var history = ScalingRules.History()
        func apply(_ recommended: Int, _ current: Int, after seconds: Int64) -> Int {
            ScalingRules.apply(
                recommended, current: current, bounds: 1...20, behavior: nil, history: &history,
                now: Self.now + .seconds(seconds)
            ).replicas
        }
        #expect(apply(20, 3, after: 0) == 6)
        #expect(apply(2, 6, after: 15) == 6)
        #expect(apply(2, 6, after: 299) == 6)
        #expect(apply(2, 6, after: 301) == 2)
        #expect(apply(40, 15, after: 700) == 20)
    }

    @Test("policies bound the change within their period")
    func policies() {
        var policy = HPAScalingPolicy()
        policy.type = "Pods"
        policy.value = 2
        policy.periodSeconds = 60
        var rules = HPAScalingRules()
        rules.policies = [policy]
        rules.stabilizationWindowSeconds = 0
        var behavior = HorizontalPodAutoscalerBehavior()
        behavior.scaleUp = rules
        behavior.scaleDown = rules
        var history = ScalingRules.History()
        let up = ScalingRules.apply(
            10, current: 4, bounds: 1...20, behavior: behavior, history: &history, now: Self.now)
        #expect(up.replicas == 6)
        #expect(up.limited?.reason == "ScaleUpLimit")
        history.recordScaling(from: 4, to: 6, now: Self.now)
        let again = ScalingRules.apply(
            10, current: 6, bounds: 1...20, behavior: behavior, history: &history, now: Self.now + .seconds(30))
        #expect(again.replicas == 6)
        let later = ScalingRules.apply(
            10, current: 6, bounds: 1...20, behavior: behavior, history: &history, now: Self.now + .seconds(61))
        #expect(later.replicas == 8)
    }
}
