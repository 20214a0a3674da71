internal import APIMachinery
internal import APIRegistry
internal import APIRules

/// Pods: born Pending with their quality of service, ended gracefully, and hardly changeable in between.
struct PodStrategy: ResourceStrategy {
    static let selectableFields = [
        SelectableField("spec.nodeName"), SelectableField("spec.restartPolicy"),
        SelectableField("spec.schedulerName"), SelectableField("spec.serviceAccountName"),
        SelectableField("spec.hostNetwork") { String($0[path: "spec", "hostNetwork"]?.boolValue ?? false) },
        SelectableField("status.phase"), SelectableField("status.podIP"),
        SelectableField("status.nominatedNodeName"),
        // What `spec.nodeName` was called before v1.
        SelectableField("spec.host") { $0[path: "spec", "nodeName"]?.stringValue ?? "" },
    ]

    func setDefaults(_ object: inout Value) { object.modifyFields(PodDefaults.apply) }

    func prepareForCreate(_ object: inout Value) {
        object.modifyFields { pod in
            var status: Value = ["phase": "Pending"]
            pod.inObject("spec") { spec in
                status["qosClass"] = .string(PodQuality.qosClass(of: spec))
                if !spec.isEmptyCollection("schedulingGates") { status["conditions"] = [Self.gated] }
            }
            pod["status"] = status
            PodPreparation.resolveLabelKeys(&pod)
        }
    }

    /// The condition of a pod that the scheduler may not touch yet.
    private static let gated: Value = [
        "type": "PodScheduled", "status": "False", "reason": "SchedulingGated",
        "message": "Scheduling is blocked due to non-empty scheduling gates", "lastProbeTime": .null,
        "lastTransitionTime": .null,
    ]

    func prepareForUpdate(_ object: inout Value, from old: Value) { object["status"] = old["status"] }

    func prepareForStatusUpdate(_ object: inout Value, from old: Value) {
        StatusUpdate.keepAllButStatus(&object, from: old)
        object[path: "metadata", "ownerReferences"] = old[path: "metadata", "ownerReferences"]
        if (object[path: "status", "qosClass"]?.stringValue ?? "").isEmpty {
            object[path: "status", "qosClass"] = old[path: "status", "qosClass"]
        }
        PodPreparation.keepObservedGenerations(&object, from: old)
    }

    func prepareForUpdate(of subresource: String, _ object: inout Value, from old: Value) {
        switch subresource {
        case "ephemeralcontainers": PodPreparation.keepAllBut(["ephemeralContainers"], in: &object, from: old)
        case "resize": PodPreparation.keepAllButResources(&object, from: old)
        case _: break
        }
    }

    func validate(_ object: Value) -> [FieldError] { PodRules.check(object) }

    func validateUpdate(_ object: Value, from old: Value) -> [FieldError] {
        PodRules.checkUpdate(object, from: old)
    }

    func validateStatusUpdate(_ object: Value, from old: Value) -> [FieldError] {
        PodRules.checkStatusUpdate(object, from: old)
    }

    func validateUpdate(of subresource: String, _ object: Value, from old: Value) -> [FieldError] {
        switch subresource {
        case "ephemeralcontainers": PodRules.checkEphemeralUpdate(object, from: old)
        case "resize": PodRules.checkResize(object, from: old)
        case _: []
        }
    }

    /// Nothing waits for a pod that never reached a node or has ended already.
    func gracePeriod(of object: Value, requested: Int64?) -> Int64? {
        let phase = object[path: "status", "phase"]
        let isBound = !(object[path: "spec", "nodeName"]?.stringValue ?? "").isEmpty
        guard isBound, phase != "Failed", phase != "Succeeded" else { return 0 }
        let period = requested ?? object[path: "spec", "terminationGracePeriodSeconds"]?.integerValue ?? 0
        return period < 0 ? 1 : period
    }
}
