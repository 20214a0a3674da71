internal import GRPCCore
internal import GRPCNIOTransportHTTP2Posix
internal import GRPCSupport

/// A collector of spans that speaks OpenTelemetry's protocol over gRPC, without TLS (upstream's too).
///
/// Spans go out once a second at most, so each time makes its own connection: nothing has to be kept alive, and a
/// collector may come and go.
package struct TraceCollector: TraceExporter {
    /// The longest answer that is taken.
    private static let receiveLimit = 1 << 20
    private static let timeout = Duration.seconds(10)
    private static let method = MethodDescriptor(
        fullyQualifiedService: "opentelemetry.proto.collector.trace.v1.TraceService", method: "Export")

    private let endpoint: TracingConfiguration.Endpoint

    package init(_ endpoint: TracingConfiguration.Endpoint) { self.endpoint = endpoint }

    package func export(_ batches: [[UInt8]]) async throws {
        let target: any ResolvableTarget =
            switch endpoint {
            case .address(let host, let port): .dns(host: host, port: port)
            case .socket(let path): .unixDomainSocket(path: path, authority: "localhost")
            }
        let transport = try HTTP2ClientTransport.Posix.toGoServer(
            target, security: .plaintext, receiveLimit: Self.receiveLimit)
        var options = CallOptions.defaults
        options.timeout = Self.timeout
        try await withGRPCClient(transport: transport) { [options] client in
            for batch in batches {
                _ = try await client.unary(
                    request: ClientRequest(message: batch), descriptor: Self.method, serializer: RawSerializer(),
                    deserializer: RawDeserializer(), options: options
                ) { try $0.message }
            }
        }
    }

    private struct RawSerializer: MessageSerializer {
        func serialize<Bytes: GRPCContiguousBytes>(_ message: [UInt8]) throws -> Bytes { Bytes(message) }
    }

    private struct RawDeserializer: MessageDeserializer {
        func deserialize<Bytes: GRPCContiguousBytes>(_ bytes: Bytes) throws -> [UInt8] {
            bytes.withUnsafeBytes { Array($0) }
        }
    }
}
