internal import APIMachinery
internal import Synchronization

/// All webhooks of one kind, kept in step with their configurations.
final class WebhookIndex: Sendable {
    private struct State {
        var byConfiguration: [String: [AdmissionWebhook]] = [:]
        var ordered: [AdmissionWebhook] = []
    }

    private let state = Mutex(State())

    func put(_ configuration: Value) {
        let name = configuration.objectName
        let webhooks = (configuration["webhooks"]?.arrayValue ?? []).compactMap { AdmissionWebhook($0, in: name) }
        change { $0[name] = webhooks }
    }

    func remove(_ configuration: Value) { change { $0[configuration.objectName] = nil } }

    /// In the order in which they are called.
    var all: [AdmissionWebhook] { state.withLock { $0.ordered } }

    private func change(_ change: (inout [String: [AdmissionWebhook]]) -> Void) {
        state.withLock { state in
            change(&state.byConfiguration)
            state.ordered = state.byConfiguration.sorted { $0.key < $1.key }.flatMap(\.value)
        }
    }
}
