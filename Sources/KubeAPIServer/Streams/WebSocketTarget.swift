internal import APIMachinery

/// A client that speaks WebSocket, and the backend that speaks SPDY to which it shall be joined.
package struct WebSocketTarget: Sendable {
    /// Upstream's names of the protocols.
    static let channelProtocol = "v5.channel.k8s.io"
    static let tunnelPrefix = "SPDY/3.1+"
    static let tunnelSuffix = ".k8s.io"
    /// What is spoken with the kubelet: the newest that every runtime knows.
    static let backendProtocol = "v4.channel.k8s.io"

    package enum Kind: Sendable {
        case channels(ChannelConversion)
        case tunnel
    }

    package var handshake: WebSocketHandshake
    package var target: TunnelTarget
    package var kind: Kind

    /// The headers by which a backend is asked to speak SPDY.
    static func headers(_ protocols: [String]) -> [(name: String, value: String)] {
        [("Connection", "Upgrade"), ("Upgrade", "SPDY/3.1"), ("Content-Length", "0")]
            + protocols.map { ("X-Stream-Protocol-Version", $0) }
    }

    /// The protocols inside of the WebSocket that a client of port-forward offers: `portforward.k8s.io`.
    static func tunnelled(_ offered: [String]) -> [String] {
        offered.filter { $0.hasPrefix(tunnelPrefix) && $0.hasSuffix(tunnelSuffix) }
            .map { String($0.dropFirst(tunnelPrefix.count)) }
    }

    /// Why the backend's answer does not do; nil when it does.
    func refusal(_ answer: UpgradeAnswer) -> String? {
        guard answer.isUpgrade else {
            let body = String(decoding: answer.body, as: UTF8.self)
            return "unable to upgrade connection: \(Substring(body).trimmed)"
        }
        guard case .channels = kind else { return nil }
        let chosen = answer["x-stream-protocol-version"] ?? ""
        guard chosen == Self.backendProtocol else {
            return "unable to negotiate protocol: client supports [\(Self.backendProtocol)], server returned \"\(chosen)\""
        }
        return nil
    }

    /// The protocol to tell the client.
    func protocolName(_ answer: UpgradeAnswer?) -> String? {
        switch kind {
        case .channels: Self.channelProtocol
        case .tunnel: answer?["x-stream-protocol-version"].map { Self.tunnelPrefix + $0 }
        }
    }

    var conversion: any StreamConversion {
        switch kind {
        case .channels(let conversion): conversion
        case .tunnel: TunnelConversion()
        }
    }
}
