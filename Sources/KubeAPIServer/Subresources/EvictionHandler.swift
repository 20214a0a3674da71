internal import APIMachinery
internal import APIRegistry
internal import APIRules
internal import Determinism

/// `pods/eviction`: a deletion that disruption budgets may refuse.
struct EvictionHandler: SubresourceHandler {
    private static let kind = GroupVersionKind(group: "policy", version: "v1", kind: "Eviction")
    /// The same object; clients older than the budgets' own version still send it.
    private static let olderKind = GroupVersionKind(group: "policy", version: "v1beta1", kind: "Eviction")

    let writes: ResourceWrites
    let objects: ObjectLookup

    func answer(_ call: ResourceCall) async throws(StatusError) -> ServerAnswer {
        let sent = try Self.eviction(call)
        guard sent[path: "metadata", "name"]?.stringValue == call.info.name else {
            throw .badRequest("name in URL does not match name in Eviction object")
        }
        let call = call.with(isDryRun: try Self.options(of: sent, call).isDryRun)
        let options = try Self.options(of: try await writes.admit(sent, kind: Self.kind, .create, call), call)
        let pod = try call.resource.store.get(call.info.name, namespace: call.info.namespace).value()
        if try await isChargeable(pod) { try await charge(pod, call) }
        if !call.isDryRun, pod[path: "metadata", "deletionTimestamp"] == nil { try await tellDisruption(call) }
        _ = try await call.resource.store.delete(
            call.info.name, namespace: call.info.namespace, request: options.request,
            context: writes.admittedContext(call))
        let success: Value = ["apiVersion": "v1", "kind": "Status", "metadata": [:], "status": "Success", "code": 201]
        return .response(.status(success, code: 201, as: call.type))
    }

    private static func eviction(_ call: ResourceCall) throws(StatusError) -> Value {
        var duplicates: [String] = []
        // What is wrong with it is said when it is read as what it should be.
        let sent = try? BodyDecoder.parse(
            call.request.body, contentType: call.request.headers["content-type"], duplicates: &duplicates,
            gates: call.gates)
        let isOlder = sent?["apiVersion"]?.stringValue == olderKind.groupVersion.description
        return try call.body(as: isOlder ? olderKind : kind).renamed(to: kind)
    }

    private static func options(of eviction: Value, _ call: ResourceCall) throws(StatusError) -> DeleteOptions {
        try DeleteOptions(
            body: eviction["deleteOptions"] ?? .emptyObject, query: call.request.query, isCollection: false)
    }

    /// A pod that does not run disrupts nobody.
    private func isChargeable(_ pod: Value) async throws(StatusError) -> Bool {
        let phase = pod[path: "status", "phase"]?.stringValue ?? ""
        return pod[path: "metadata", "deletionTimestamp"] == nil && !["Succeeded", "Failed", "Pending", ""].contains(phase)
    }

    /// Tells those who wait for the pod why it goes.
    private func tellDisruption(_ call: ResourceCall) async throws(StatusError) {
        let now = writes.time.now
        _ = try await call.resource.store.update(
            call.info.name, namespace: call.info.namespace, scope: .status, context: writes.admittedContext(call)
        ) { (pod) throws(StatusError) in
            var pod = pod
            var conditions = pod[path: "status", "conditions"]?.arrayValue ?? []
            conditions.removeAll { $0["type"] == "DisruptionTarget" }
            conditions.append([
                "type": "DisruptionTarget", "status": "True", "reason": "EvictionByEvictionAPI",
                "message": "Eviction API: evicting", "lastTransitionTime": .string(now.rfc3339),
            ])
            pod[path: "status", "conditions"] = .array(conditions)
            return pod
        }
    }

    /// Whether a pod that is not ready may go without being charged, since it serves nobody anyway.
    private static func isFree(_ pod: Value, under budget: Value) -> Bool {
        let conditions = pod[path: "status", "conditions"]?.arrayValue ?? []
        if conditions.contains(where: { $0["type"] == "Ready" && $0["status"] == "True" }) { return false }
        if budget[path: "spec", "unhealthyPodEvictionPolicy"] == "AlwaysAllow" { return true }
        let healthy = budget[path: "status", "currentHealthy"]?.integerValue ?? 0
        let desired = budget[path: "status", "desiredHealthy"]?.integerValue ?? 0
        return desired > 0 && healthy >= desired
    }

    private func charge(_ pod: Value, _ call: ResourceCall) async throws(StatusError) {
        let budgets = try objects.list("poddisruptionbudgets", group: "policy", namespace: call.info.namespace)
            .filter { Value.selects($0[path: "spec", "selector"], pod[path: "metadata", "labels"]) }
        guard let budget = budgets.first else { return }
        guard budgets.count == 1 else {
            throw .internalError(
                "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.")
        }
        if Self.isFree(pod, under: budget) { return }
        let name = budget[path: "metadata", "name"]?.stringValue ?? ""
        let store = try objects.store("poddisruptionbudgets", group: "policy")
        let now = writes.time.now
        _ = try await store.update(
            name, namespace: call.info.namespace, scope: .status,
            context: WriteContext(time: writes.time, random: writes.random, isDryRun: call.isDryRun)
        ) { (old) async throws(StatusError) in
            let allowed = old[path: "status", "disruptionsAllowed"]?.integerValue ?? 0
            if let refusal = Self.refusal(old, named: name, allowed: allowed) { throw refusal }
            var new = old
            new[path: "status", "disruptionsAllowed"] = .integer(allowed - 1)
            new[path: "status", "disruptedPods", call.info.name] = .string(now.rfc3339)
            return new
        }
    }

    private static func refusal(_ budget: Value, named name: String, allowed: Int64) -> StatusError? {
        let status = budget["status"]
        let observed = status?["observedGeneration"]?.integerValue ?? 0
        let isBehind = observed < budget[path: "metadata", "generation"]?.integerValue ?? 0
        guard isBehind || allowed <= 0 else { return nil }
        let failure = (status?["conditions"]?.arrayValue ?? []).first { $0["reason"] == "SyncFailed" }
        let why: String
        if isBehind {
            why = "The disruption budget \(name) is still being processed by the server."
        } else if let failure {
            why = "The disruption budget \(name) does not allow evicting pods currently because it failed sync: "
                + (failure["message"]?.stringValue ?? "")
        } else {
            why = "The disruption budget \(name) needs \(status?["desiredHealthy"]?.integerValue ?? 0) healthy pods "
                + "and has \(status?["currentHealthy"]?.integerValue ?? 0) currently"
        }
        var error = StatusError.tooManyRequests(
            "Cannot evict pod as it would violate the pod's disruption budget.", retryAfter: isBehind ? 10 : 0)
        // Nobody knows when the budget will allow it.
        if !isBehind { error.retryAfterSeconds = nil }
        error.causes = [StatusCause(reason: "DisruptionBudget", message: why)]
        return error
    }
}
