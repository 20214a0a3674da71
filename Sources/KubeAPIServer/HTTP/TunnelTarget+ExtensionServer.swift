internal import APIMachinery

extension TunnelTarget {
    var isExtensionServer: Bool { if case .frontProxy = identity { true } else { false } }

    /// Tells an extension server from where the client has come, after those that have passed the request on before.
    func telling(_ address: String?) -> TunnelTarget {
        guard isExtensionServer, let address else { return self }
        var target = self
        let before = target.headers.filter { $0.name == "x-forwarded-for" }.map(\.value)
        target.headers.removeAll { $0.name == "x-forwarded-for" }
        target.headers.append(("X-Forwarded-For", (before + [address]).joined(separator: ", ")))
        return target
    }

    /// What the client is told when the target does not answer.
    func failure(_ error: any Error) -> ServerResponse {
        let text = "error trying to reach service: \(error)"
        // Upstream's aggregator says so in plain text, its proxies of pods and services in a Status.
        if isExtensionServer { return AggregationProxy.unavailable(text) }
        return .failure(.serviceUnavailable(text), as: .json)
    }
}
