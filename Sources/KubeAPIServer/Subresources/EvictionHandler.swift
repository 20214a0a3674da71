internal import APIMachinery
internal import APIRegistry
internal import APIRules
internal import Determinism

/// `pods/eviction`: a deletion that disruption budgets may refuse.
struct EvictionHandler: SubresourceHandler {
    private static let kind = GroupVersionKind(group: "policy", version: "v1", kind: "Eviction")

    let writes: ResourceWrites
    let objects: ObjectLookup

    func answer(_ call: ResourceCall) async throws(StatusError) -> ServerAnswer {
        let eviction = try call.body(as: Self.kind)
        let pod = try call.resource.store.get(call.info.name, namespace: call.info.namespace).value()
        if try await isChargeable(pod) { try await charge(pod, call) }
        let options = eviction["deleteOptions"]
        let request = DeletionRequest(
            gracePeriodSeconds: options?["gracePeriodSeconds"]?.integerValue,
            propagationPolicy: options?["propagationPolicy"]?.stringValue,
            uid: options?[path: "preconditions", "uid"]?.stringValue,
            resourceVersion: options?[path: "preconditions", "resourceVersion"]?.stringValue)
        _ = try await call.resource.store.delete(
            call.info.name, namespace: call.info.namespace, request: request, context: writes.context(call))
        let success: Value = ["apiVersion": "v1", "kind": "Status", "metadata": [:], "status": "Success", "code": 201]
        return .response(.status(success, code: 201, as: call.type))
    }

    /// A pod that does not run disrupts nobody.
    private func isChargeable(_ pod: Value) async throws(StatusError) -> Bool {
        let phase = pod[path: "status", "phase"]?.stringValue ?? ""
        return pod[path: "metadata", "deletionTimestamp"] == nil && !["Succeeded", "Failed", "Pending", ""].contains(phase)
    }

    private func charge(_ pod: Value, _ call: ResourceCall) async throws(StatusError) {
        let budgets = try objects.list("poddisruptionbudgets", group: "policy", namespace: call.info.namespace)
            .filter { Value.selects($0[path: "spec", "selector"], pod[path: "metadata", "labels"]) }
        guard let budget = budgets.first else { return }
        guard budgets.count == 1 else {
            throw .internalError(
                "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.")
        }
        let name = budget[path: "metadata", "name"]?.stringValue ?? ""
        let store = try objects.store("poddisruptionbudgets", group: "policy")
        let now = writes.time.now
        _ = try await store.update(
            name, namespace: call.info.namespace, scope: .status,
            context: WriteContext(time: writes.time, random: writes.random, isDryRun: call.isDryRun)
        ) { (old) async throws(StatusError) in
            let allowed = old[path: "status", "disruptionsAllowed"]?.integerValue ?? 0
            guard allowed > 0 else {
                var error = StatusError.tooManyRequests(
                    "Cannot evict pod as it would violate the pod's disruption budget.", retryAfter: 0)
                error.causes = [
                    StatusCause(
                        reason: "DisruptionBudget",
                        message: "The disruption budget \(name) needs "
                            + "\(old[path: "status", "desiredHealthy"]?.integerValue ?? 0) healthy pods and has "
                            + "\(old[path: "status", "currentHealthy"]?.integerValue ?? 0) currently")
                ]
                throw error
            }
            var new = old
            new[path: "status", "disruptionsAllowed"] = .integer(allowed - 1)
            new[path: "status", "disruptedPods", call.info.name] = .string(now.rfc3339)
            return new
        }
    }
}
