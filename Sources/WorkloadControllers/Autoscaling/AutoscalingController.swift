internal import APIClient
internal import APIMachinery
internal import APITypes
internal import ControllerRuntime
internal import Determinism
internal import Synchronization

/// Scales workloads by what their pods use.
///
/// **Flow.** Every fifteen seconds: read the target's scale; ask each metric (``ResourceUsage``) and take the
/// largest; bound it (``ScalingRules``); write the scale; report.
///
/// **Guarantees.** A metric that cannot be read never shrinks the target.
struct AutoscalingController: Reconciler {
    private static let period = Duration.seconds(15)

    let context: ControllerContext
    let autoscalers: Informer<HorizontalPodAutoscaler>
    let pods: Informer<Pod>
    private let histories = AutoscalerHistories()

    static func make(_ context: ControllerContext) -> Controller {
        let queue = context.queue()
        let autoscalers = context.informers.informer(HorizontalPodAutoscaler.self)
        let pods = context.informers.informer(Pod.self)
        autoscalers.addHandler { event in
            // Reports of our own are no reason to look again before it is time.
            if case .updated(let old, let new) = event, old.spec == new.spec { return }
            queue.add(ObjectKey(event.object))
        }
        let reconciler = AutoscalingController(context: context, autoscalers: autoscalers, pods: pods)
        return Controller(
            name: "horizontal-pod-autoscaler", reconciler: reconciler, queue: queue, workers: 5,
            logger: context.logger)
    }

    func reconcile(_ key: ObjectKey) async throws -> ReconcileResult {
        await pods.waitForSync()
        guard let autoscaler = autoscalers.get(key) else {
            histories.forget(key)
            return .done
        }
        var status = autoscaler.status
        status.observedGeneration = autoscaler.metadata.generation
        await scale(autoscaler, &status)
        try await report(autoscaler, status)
        return .requeue(after: Self.period)
    }

    private func scale(_ autoscaler: HorizontalPodAutoscaler, _ status: inout HorizontalPodAutoscalerStatus) async {
        let now = context.time.now
        let target: ScaleTarget
        do throws(StatusError) { target = try await ScaleTarget.read(for: autoscaler, context.client) } catch {
            let message = "the HPA controller was unable to get the target's current scale: \(error)"
            context.recorder.event(autoscaler, .warning, reason: "FailedGetScale", error.message)
            return status.ableToScale(false, "FailedGetScale", message, now: now)
        }
        status.ableToScale(
            true, "SucceededGetScale", "the HPA controller was able to get the target's current scale", now: now)
        let current = Int(target.scale.spec.replicas)
        status.currentReplicas = Int32(current)
        // Where nothing could be decided, what was wanted last stands.
        guard let (desired, reason) = await decide(autoscaler, target, current, &status) else { return }
        status.desiredReplicas = Int32(desired)
        guard desired != current else { return }
        await write(desired, from: current, because: reason, target, autoscaler, &status)
    }

    private func write(
        _ desired: Int, from current: Int, because reason: String, _ target: ScaleTarget,
        _ autoscaler: HorizontalPodAutoscaler, _ status: inout HorizontalPodAutoscalerStatus
    ) async {
        let now = context.time.now
        do throws(StatusError) { try await target.write(desired, context.client) } catch {
            context.recorder.event(
                autoscaler, .warning, reason: "FailedRescale",
                "New size: \(desired); reason: \(reason); error: \(error)")
            status.desiredReplicas = Int32(current)
            return status.ableToScale(
                false, "FailedUpdateScale", "the HPA controller was unable to update the target scale: \(error)",
                now: now)
        }
        status.ableToScale(
            true, "SucceededRescale", "the HPA controller was able to update the target scale to \(desired)", now: now)
        status.lastScaleTime = now
        context.recorder.event(
            autoscaler, .normal, reason: "SuccessfulRescale", "New size: \(desired); reason: \(reason)")
        histories.with(ObjectKey(autoscaler)) { $0.recordScaling(from: current, to: desired, now: now) }
    }

    // MARK: Deciding

    /// `nil` when the target is not to be touched.
    private func decide(
        _ autoscaler: HorizontalPodAutoscaler, _ target: ScaleTarget, _ current: Int,
        _ status: inout HorizontalPodAutoscalerStatus
    ) async -> (Int, String)? {
        let now = context.time.now
        let minimum = Int(autoscaler.spec.minReplicas ?? 1)
        let maximum = Int(autoscaler.spec.maxReplicas)
        if current == 0, minimum != 0 {
            status.scalingActive(
                false, "ScalingDisabled", "scaling is disabled since the replica count of the target is zero", now: now)
            status.currentMetrics = []
            return (0, "")
        }
        if current > maximum { return (maximum, "Current number of replicas above Spec.MaxReplicas") }
        if current < minimum { return (minimum, "Current number of replicas below Spec.MinReplicas") }
        guard let (recommended, metric) = await recommend(autoscaler, target, current, &status) else { return nil }
        let result = histories.with(ObjectKey(autoscaler)) { history in
            ScalingRules.apply(
                recommended, current: current, bounds: minimum...max(minimum, maximum),
                behavior: autoscaler.spec.behavior, history: &history, now: now)
        }
        if let (reason, message) = result.stabilized {
            status.ableToScale(true, reason, message, now: now)
        } else {
            status.ableToScale(true, "ReadyForNewScale", "recommended size matches current size", now: now)
        }
        if let (reason, message) = result.limited {
            status.scalingLimited(true, reason, message, now: now)
        } else {
            status.scalingLimited(
                false, "DesiredWithinRange", "the desired count is within the acceptable range", now: now)
        }
        return (result.replicas, result.replicas > current ? "\(metric) above target" : "All metrics below target")
    }

    /// The largest of what the metrics ask for. When one cannot be read, nothing shrinks.
    private func recommend(
        _ autoscaler: HorizontalPodAutoscaler, _ target: ScaleTarget, _ current: Int,
        _ status: inout HorizontalPodAutoscalerStatus
    ) async -> (Int, String)? {
        let now = context.time.now
        guard let selector = selector(of: target, autoscaler, &status) else { return nil }
        var best: (Int, String)?
        var failure: MetricFailure?
        var failures = 0
        var reported: [MetricStatus] = []
        for metric in autoscaler.spec.metrics {
            switch await ask(metric, autoscaler, selector, current) {
            case .success(let answer):
                reported.append(answer.status)
                if answer.replicas > best?.0 ?? -1 { best = (answer.replicas, answer.name) }
            case .failure(let error):
                failure = failure ?? error
                failures += 1
                context.recorder.event(autoscaler, .warning, reason: error.reason, error.message)
                reported.append(MetricStatus())
            }
        }
        if let failure, best?.0 ?? -1 < current {
            status.scalingActive(
                false, failure.reason, "the HPA was unable to compute the replica count: \(failure.message)", now: now)
            tellFailure(
                autoscaler, "invalid metrics (\(failures) invalid out of \(autoscaler.spec.metrics.count)), "
                    + "first error is: \(failure.description)")
            return nil
        }
        status.currentMetrics = reported
        guard let best else { return nil }
        status.scalingActive(
            true, "ValidMetricFound", "the HPA was able to successfully calculate a replica count from \(best.1)",
            now: now)
        return best
    }

    /// The target's, if it has one and shares its pods with no other autoscaler's target.
    private func selector(
        of target: ScaleTarget, _ autoscaler: HorizontalPodAutoscaler, _ status: inout HorizontalPodAutoscalerStatus
    ) -> Selector? {
        let now = context.time.now
        guard let selector = target.selector else {
            context.recorder.event(autoscaler, .warning, reason: "SelectorRequired", "selector is required")
            status.scalingActive(false, "InvalidSelector", "the HPA target's scale is missing a selector", now: now)
            tellFailure(autoscaler, "selector is required")
            return nil
        }
        let key = ObjectKey(autoscaler)
        let labels = pods.list(namespace: key.namespace).map(\.metadata.labels).filter(selector.matches)
        let rivals = histories.rivals(of: key, selector: selector, labels: labels)
        guard rivals.count == 1 else {
            let names = rivals.map(\.description).sorted().joined(separator: " ")
            let message = "pods by selector \(selector.text) are controlled by multiple HPAs: [\(names)]"
            context.recorder.event(autoscaler, .warning, reason: "AmbiguousSelector", message)
            status.scalingActive(false, "AmbiguousSelector", message, now: now)
            tellFailure(autoscaler, message)
            return nil
        }
        return selector
    }

    private func tellFailure(_ autoscaler: HorizontalPodAutoscaler, _ message: String) {
        context.recorder.event(autoscaler, .warning, reason: "FailedComputeMetricsReplicas", message)
    }

    private func ask(
        _ metric: MetricSpec, _ autoscaler: HorizontalPodAutoscaler, _ selector: Selector, _ current: Int
    ) async -> Result<MetricAnswer, MetricFailure> {
        do throws(MetricFailure) {
            let asked = try AskedMetric(metric, behavior: autoscaler.spec.behavior)
            let namespace = autoscaler.metadata.namespace
            let now = context.time.now
            let samples: [String: ResourceUsage.Sample]
            do throws(StatusError) {
                samples = try await PodMetricsReader(client: context.client).samples(
                    resource: asked.question.resource, container: asked.question.container, namespace: namespace,
                    selector: selector.text, now: now)
            } catch {
                throw asked.failure("unable to fetch metrics from resource metrics API: \(error)", ofReading: true)
            }
            if samples.isEmpty { throw asked.failure("no metrics returned from resource metrics API", ofReading: true) }
            let selected = pods.list(namespace: namespace).filter { selector.matches($0.metadata.labels) }
            do throws(ResourceUsage.Failure) {
                return .success(
                    asked.answer(
                        try ResourceUsage.propose(
                            asked.question, current: current, pods: selected, samples: samples, now: now)))
            } catch {
                throw asked.failure(error.message)
            }
        } catch {
            return .failure(error)
        }
    }

    private func report(
        _ autoscaler: HorizontalPodAutoscaler, _ status: HorizontalPodAutoscalerStatus
    ) async throws(StatusError) {
        guard status != autoscaler.status else { return }
        var reporting = autoscaler
        reporting.status = status
        try await autoscalers.writeStatus(of: reporting, by: context.client)
    }
}

/// What is remembered of each autoscaler; lost with the process, as upstream.
private final class AutoscalerHistories: Sendable {
    private struct Memory {
        var history = ScalingRules.History()
        var selector: Selector?
    }

    private let memories = Mutex<[ObjectKey: Memory]>([:])

    func with<Result: Sendable>(_ key: ObjectKey, _ change: @Sendable (inout ScalingRules.History) -> Result) -> Result {
        memories.withLock { change(&$0[key, default: Memory()].history) }
    }

    /// All autoscalers, this one included, whose targets select pods with some of these labels.
    func rivals(of key: ObjectKey, selector: Selector, labels: [[String: String]]) -> [ObjectKey] {
        memories.withLock { memories in
            memories[key, default: Memory()].selector = selector
            let others = memories.filter { other, memory in
                guard other != key, other.namespace == key.namespace, let selector = memory.selector else { return false }
                return labels.contains(where: selector.matches)
            }
            return [key] + others.keys
        }
    }

    func forget(_ key: ObjectKey) { memories.withLock { $0[key] = nil } }
}
