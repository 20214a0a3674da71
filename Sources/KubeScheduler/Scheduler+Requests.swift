internal import APIClient
internal import APIMachinery
internal import APITypes
internal import ControllerRuntime
internal import Determinism
internal import Logging
internal import Synchronization

/// What the scheduler asks of the API server.
extension Scheduler {
    // MARK: Binding

    func bind(_ pod: PendingPod, to node: String) async {
        let info = pod.info
        var binding = Binding()
        binding.metadata.name = info.key.name
        binding.metadata.namespace = info.key.namespace
        binding.metadata.uid = info.uid
        binding.target.kind = "Node"
        binding.target.name = node
        do throws(StatusError) {
            _ = try await client.createSubresource(
                Pod.self, info.key.name, namespace: info.key.namespace, "binding", binding, answer: Status.self)
            queue.change { $0.finish(uid: info.uid) }
            recorder.event(
                about: pod.reference, .normal, reason: "Scheduled",
                "Successfully assigned \(info.key) to \(node)")
        } catch {
            await bindingFailed(pod, error)
        }
    }

    private func bindingFailed(_ pod: PendingPod, _ error: StatusError) async {
        let uid = pod.info.uid
        let isAssumed = state.withLock { state in
            defer { state.cache.forget(uid: uid) }
            return state.cache.isAssumed(uid: uid)
        }
        queue.happened(.podRemoved)
        // Gone, or the server has it on a node and only the answer was lost: nothing to do again.
        guard error.reason != .notFound, isAssumed else {
            queue.change { $0.finish(uid: uid) }
            return
        }
        let now = time.uptime
        queue.change { $0.fail(uid, now: now) }
        logger.warning("binding failed", metadata: ["pod": "\(pod.info.key)", "error": "\(error)"])
        let message = "binding rejected: \(error.message)"
        recorder.event(about: pod.reference, .warning, reason: "FailedScheduling", message)
        await setCondition(pod, reason: "SchedulerError", message, nominated: nil)
    }

    // MARK: Rejecting

    func report(
        _ pod: PendingPod, _ message: String, _ preemption: SchedulingPlan.Preemption,
        details: [(node: String, reasons: [String])]
    ) async {
        recorder.event(about: pod.reference, .warning, reason: "FailedScheduling", message)
        let lines = details.map { "\($0.node): \($0.reasons.joined(separator: ", "))" }
        if !lines.isEmpty {
            recorder.event(
                about: pod.reference, .normal, reason: "SchedulingReasons", lines.joined(separator: "; "))
        }
        switch preemption {
        case .evict(let node, let victims):
            await setCondition(pod, reason: "Unschedulable", message, nominated: node)
            await withdrawPromises(on: node, below: pod)
            for victim in victims { await evict(victim, for: pod, on: node) }
        case .useless:
            await setCondition(pod, reason: "Unschedulable", message, nominated: "")
        case .pending:
            await setCondition(pod, reason: "Unschedulable", message, nominated: nil)
        }
    }

    /// Says in the pod's status why it has no node; nothing when it says so already.
    ///
    /// - nominated: the node that is being cleared for it; empty for none, `nil` for no change.
    private func setCondition(_ pod: PendingPod, reason: String, _ message: String, nominated: String?) async {
        guard let current = pods.get(pod.info.key), current.metadata.uid == pod.info.uid else { return }
        let old = current.status.conditions.first { $0.type == "PodScheduled" }
        let isSame = old?.status == "False" && old?.reason == reason && old?.message == message
        let keepsPlace = nominated == nil || nominated == current.status.nominatedNodeName
        guard !isSame || !keepsPlace else { return }
        var status: Value = [:]
        if !isSame {
            let changed = old?.status == "False" ? old?.lastTransitionTime ?? time.now : time.now
            var condition: Value = [
                "type": "PodScheduled", "status": "False", "reason": .string(reason), "message": .string(message),
                "lastProbeTime": .null, "lastTransitionTime": .string(changed.rfc3339),
            ]
            if current.metadata.generation > 0 {
                condition["observedGeneration"] = .integer(current.metadata.generation)
            }
            status["conditions"] = .array([condition])
        }
        if let nominated, !keepsPlace {
            status["nominatedNodeName"] = nominated.isEmpty ? .null : .string(nominated)
        }
        await patchStatus(pod.info.key, uid: pod.info.uid, status)
    }

    private func patchStatus(_ pod: ObjectKey, uid: String, _ status: Value) async {
        let body: Value = ["metadata": ["uid": .string(uid)], "status": status]
        do throws(StatusError) {
            _ = try await client.patch(
                Pod.self, pod.name, namespace: pod.namespace, subresource: "status", .strategic(body))
        } catch where error.reason == .notFound || error.reason == .conflict {
            // Deleted meanwhile, or replaced by another pod of the name.
        } catch {
            logger.warning("status not written", metadata: ["pod": "\(pod)", "error": "\(error)"])
        }
    }

    // MARK: Preempting

    private func evict(_ victim: PodInfo, for pod: PendingPod, on node: String) async {
        let message = "\(pod.schedulerName): preempting to accommodate a higher priority pod"
        let condition: Value = [
            "type": "DisruptionTarget", "status": "True", "reason": "PreemptionByScheduler",
            "message": .string(message), "lastProbeTime": .null, "lastTransitionTime": .string(time.now.rfc3339),
        ]
        await patchStatus(victim.key, uid: victim.uid, ["conditions": .array([condition])])
        do throws(StatusError) {
            try await client.delete(
                Pod.self, victim.key.name, namespace: victim.key.namespace,
                options: DeletionOptions(uid: victim.uid))
            var reference = ObjectReference()
            reference.apiVersion = "v1"
            reference.kind = "Pod"
            reference.namespace = victim.key.namespace
            reference.name = victim.key.name
            reference.uid = victim.uid
            recorder.event(
                about: reference, .normal, reason: "Preempted", "Preempted by pod \(pod.info.uid) on node \(node)")
        } catch where error.reason == .notFound || error.reason == .conflict {
            // Gone already.
        } catch {
            logger.warning("victim not removed", metadata: ["pod": "\(victim.key)", "error": "\(error)"])
        }
    }

    /// Less important pods that were promised room on the node look for another.
    private func withdrawPromises(on node: String, below pod: PendingPod) async {
        let lesser = state.withLock { state in
            let promised = state.cache.snapshot.nominated[node] ?? []
            let lesser = promised.filter { $0.priority < pod.info.priority }
            for other in lesser { state.cache.nominate(other, on: nil) }
            return lesser
        }
        for other in lesser { await patchStatus(other.key, uid: other.uid, ["nominatedNodeName": .null]) }
    }

    // MARK: Volumes

    func choose(_ choices: [VolumeChoice], on node: String) async {
        for choice in choices {
            do throws(StatusError) {
                switch choice.means {
                case .provision:
                    let body: Value = [
                        "metadata": ["annotations": ["volume.kubernetes.io/selected-node": .string(node)]]
                    ]
                    _ = try await client.patch(
                        PersistentVolumeClaim.self, choice.claim.name, namespace: choice.claim.namespace,
                        .merge(body))
                case .bind(let volume):
                    let reference: Value = [
                        "apiVersion": "v1", "kind": "PersistentVolumeClaim", "name": .string(choice.claim.name),
                        "namespace": .string(choice.claim.namespace), "uid": .string(choice.claimUID),
                    ]
                    _ = try await client.patch(
                        PersistentVolume.self, volume, .merge(["spec": ["claimRef": reference]]))
                }
            } catch {
                logger.warning("volume not chosen", metadata: ["claim": "\(choice.claim)", "error": "\(error)"])
            }
        }
    }
}
