internal import GRPCCore
internal import GRPCNIOTransportHTTP2Posix

/// Asks a server of `grpc.health.v1.Health` whether it serves.
package struct GRPCHealthProbe: Sendable {
    /// The answer's `SERVING`.
    private static let serving: UInt64 = 1

    package init() {}

    package func check(host: String, port: Int, service: String, timeout: Duration) async -> ProbeResult {
        do {
            let transport = try HTTP2ClientTransport.Posix(
                target: host.contains(":") ? .ipv6(address: host, port: port) : .ipv4(address: host, port: port),
                transportSecurity: .plaintext)
            let answer = try await withGRPCClient(transport: transport) { client in
                var options = CallOptions.defaults
                options.timeout = timeout
                return try await client.unary(
                    request: ClientRequest(message: Self.request(service)),
                    descriptor: MethodDescriptor(fullyQualifiedService: "grpc.health.v1.Health", method: "Check"),
                    serializer: RawSerializer(), deserializer: RawDeserializer(), options: options
                ) { try $0.message }
            }
            let status = Self.status(answer)
            if status == Self.serving { return .success }
            return .failure("service unhealthy (responded with \"\(Self.name(status))\")")
        } catch let error as RPCError where error.code == .unimplemented {
            return .failure(
                "error: this server does not implement the grpc health protocol (grpc.health.v1.Health): "
                    + error.message
            )
        } catch let error as RPCError where error.code == .deadlineExceeded {
            return .failure("timeout: health rpc did not complete within \(timeout.goText)")
        } catch let error as RPCError where error.code == .unavailable {
            // Whoever cannot be connected to is not asked again before the time is over; upstream does, in vain.
            return .failure(
                "timeout: failed to connect service \"\(host):\(port)\" within \(timeout.goText): "
                    + "context deadline exceeded")
        } catch let error as RPCError {
            return .failure(
                "error: health rpc probe failed: rpc error: code = \(Self.name(error.code)) desc = \(error.message)")
        } catch {
            return .failure("error: health rpc probe failed: \(error)")
        }
    }

    /// `HealthCheckRequest { string service = 1 }`
    private static func request(_ service: String) -> [UInt8] {
        guard !service.isEmpty else { return [] }
        var bytes: [UInt8] = [0x0a]
        var length = service.utf8.count
        while length >= 0x80 {
            bytes.append(UInt8(length & 0x7f) | 0x80)
            length >>= 7
        }
        return bytes + [UInt8(length)] + Array(service.utf8)
    }

    /// `HealthCheckResponse { ServingStatus status = 1 }`
    private static func status(_ message: [UInt8]) -> UInt64 {
        guard message.count >= 2, message[0] == 0x08 else { return 0 }
        return UInt64(message[1])
    }

    private static func name(_ status: UInt64) -> String {
        switch status {
        case 1: "SERVING"
        case 2: "NOT_SERVING"
        case 3: "SERVICE_UNKNOWN"
        default: "UNKNOWN"
        }
    }

    /// `NotFound`, as Go writes it.
    private static func name(_ code: RPCError.Code) -> String {
        if code == .cancelled { return "Canceled" }
        let name = "\(code)"
        return name.prefix(1).uppercased() + name.dropFirst()
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
