internal import APIMachinery
internal import NIOCore

/// Asks kubelets small questions, such as what their pods use.
struct KubeletClient: Sendable {
    static let timeout = TimeAmount.seconds(5)

    private let client: RelayClient

    init(dialer: TunnelDialer) { client = RelayClient(dialer: dialer) }

    /// The JSON that a kubelet answers to a GET of `path`.
    func get(_ path: String, from kubelet: KubeletAddress) async throws(StatusError) -> Value {
        let target = TunnelTarget(
            host: kubelet.host, port: kubelet.port, usesTLS: true, target: path, method: "GET", headers: [], body: [],
            identity: .kubeletClient)
        let answer: RelayedAnswer
        do { answer = try await client.fetch(target, within: Self.timeout) } catch {
            throw .serviceUnavailable("the kubelet at \(kubelet.host) does not answer: \(error)")
        }
        guard answer.code == 200 else {
            throw .serviceUnavailable("the kubelet at \(kubelet.host) does not answer: it says \(answer.code)")
        }
        do throws(JSONError) { return try Value(json: answer.body) } catch {
            throw .internalError("the kubelet at \(kubelet.host) does not answer in JSON: \(error)")
        }
    }
}
