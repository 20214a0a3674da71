internal import APIClient
internal import APIMachinery
internal import APITypes

/// Writes pods' statuses to the API, and says farewell to pods that are gone.
struct StatusWriter: Sendable {
    let client: APIClient

    /// Writes what differs; returns the pod as the server now has it, nil when it has it no more (or another).
    func write(_ status: PodStatus, of pod: Pod) async throws(StatusError) -> Pod? {
        guard let patch = PodStatusPatch.make(from: pod.status, to: status, uid: pod.metadata.uid) else { return pod }
        do throws(StatusError) {
            return try await client.patch(
                Pod.self, pod.metadata.name, namespace: pod.metadata.namespace, subresource: "status",
                .strategic(patch))
        } catch where error.reason == .notFound {
            return nil
        } catch where error.reason == .conflict {
            // The UID does not fit: another pod of that name has taken its place.
            return nil
        }
    }

    /// Removes the pod from the API for good, unless another has taken its name.
    func remove(_ pod: Pod) async throws(StatusError) {
        do throws(StatusError) {
            try await client.delete(
                Pod.self, pod.metadata.name, namespace: pod.metadata.namespace,
                options: DeletionOptions(gracePeriodSeconds: 0, uid: pod.metadata.uid))
        } catch where error.reason == .notFound || error.reason == .conflict {
            return
        }
    }
}
