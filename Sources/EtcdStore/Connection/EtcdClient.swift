internal import EtcdProtocol
internal import GRPCCore
internal import GRPCNIOTransportHTTP2Posix
internal import GRPCSupport
internal import KeyValueStore
internal import NIOCore

typealias EtcdConnection = GRPCClient<HTTP2ClientTransport.Posix>

/// One server's services.
struct EtcdClient: Sendable {
    let kv: Etcdserverpb_KV.Client<HTTP2ClientTransport.Posix>
    let watch: Etcdserverpb_Watch.Client<HTTP2ClientTransport.Posix>
    let lease: Etcdserverpb_Lease.Client<HTTP2ClientTransport.Posix>
    let connection: EtcdConnection

    init(_ endpoint: Endpoint, _ options: EtcdStoreOptions) throws {
        // A server that vanished without a word is noticed while calls wait for it.
        let keepalive = HTTP2ClientTransport.Config.Keepalive(
            time: .seconds(30), timeout: .seconds(10), allowWithoutCalls: false)
        let backoff = HTTP2ClientTransport.Config.Backoff(
            initial: .milliseconds(100), max: .seconds(5), multiplier: 1.6, jitter: 0.2)
        let security = endpoint.isSecure ? Self.security(options) : .plaintext
        func transport(_ target: some ResolvableTarget) throws -> HTTP2ClientTransport.Posix {
            try .toGoServer(
                target, security: security, receiveLimit: Limits.messageBytesMax,
                connection: .init(maxIdleTime: .seconds(1_800), keepalive: keepalive), backoff: backoff)
        }
        // An address must not be given as a name, because TLS would ask for a certificate of that name;
        // what cannot be read as an address is a name.
        let made =
            switch try? SocketAddress(ipAddress: endpoint.host, port: endpoint.port) {
            case .v4: try transport(.ipv4(address: endpoint.host, port: endpoint.port))
            case .v6: try transport(.ipv6(address: endpoint.host, port: endpoint.port))
            case .unixDomainSocket, nil: try transport(.dns(host: endpoint.host, port: endpoint.port))
            }
        connection = GRPCClient(transport: made)
        kv = .init(wrapping: connection)
        watch = .init(wrapping: connection)
        lease = .init(wrapping: connection)
    }

    private static func security(_ options: EtcdStoreOptions) -> HTTP2ClientTransport.Posix.TransportSecurity {
        .tls { config in
            if let file = options.authorityFile { config.trustRoots = .certificates([.file(path: file, format: .pem)]) }
            if let file = options.certificateFile { config.certificateChain = [.file(path: file, format: .pem)] }
            if let file = options.keyFile { config.privateKey = .file(path: file, format: .pem) }
        }
    }
}
