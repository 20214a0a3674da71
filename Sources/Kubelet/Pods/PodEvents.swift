package import APITypes
package import ControllerRuntime

/// Tells users what happens to a pod and its containers.
package struct PodEvents: Sendable {
    package let recorder: EventRecorder

    package init(recorder: EventRecorder) { self.recorder = recorder }

    package func normal(_ pod: Pod, container: String? = nil, _ reason: String, _ message: String) {
        recorder.event(about: reference(pod, container), .normal, reason: reason, message)
    }

    package func warning(_ pod: Pod, container: String? = nil, _ reason: String, _ message: String) {
        recorder.event(about: reference(pod, container), .warning, reason: reason, message)
    }

    private func reference(_ pod: Pod, _ container: String?) -> ObjectReference {
        var reference = EventRecorder.reference(to: pod)
        if let container { reference.fieldPath = pod.fieldPath(of: container) }
        return reference
    }
}
