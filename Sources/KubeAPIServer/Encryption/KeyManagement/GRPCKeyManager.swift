internal import FoundationEssentials
internal import GRPCCore
internal import GRPCNIOTransportHTTP2Posix
internal import GRPCProtobuf
internal import GRPCSupport
internal import KMSProtocol
internal import SwiftProtobuf

/// A key management service behind a unix socket.
///
/// It is asked about once a minute, so each call makes its own connection: nothing has to be kept alive, and a plugin
/// may come and go.
struct GRPCKeyManager: KeyManager {
    /// The longest answer that is taken.
    private static let receiveLimit = 4 << 20
    private static let service = "v2.KeyManagementService"

    let socket: String
    /// How long a call may take.
    let timeout: Duration

    func status() async throws -> KeyManagerStatus {
        let answer: V2_StatusResponse = try await call("Status", V2_StatusRequest())
        return KeyManagerStatus(version: answer.version, health: answer.healthz, keyID: answer.keyID)
    }

    func encrypt(_ plaintext: [UInt8], uid: String) async throws -> SealedSeed {
        let request = V2_EncryptRequest.with {
            $0.plaintext = Data(plaintext)
            $0.uid = uid
        }
        let answer: V2_EncryptResponse = try await call("Encrypt", request)
        return SealedSeed(
            ciphertext: Array(answer.ciphertext), keyID: answer.keyID,
            annotations: answer.annotations.mapValues { Array($0) })
    }

    func decrypt(_ seed: SealedSeed, uid: String) async throws -> [UInt8] {
        let request = V2_DecryptRequest.with {
            $0.ciphertext = Data(seed.ciphertext)
            $0.uid = uid
            $0.keyID = seed.keyID
            $0.annotations = seed.annotations.mapValues { Data($0) }
        }
        let answer: V2_DecryptResponse = try await call("Decrypt", request)
        return Array(answer.plaintext)
    }

    private func call<Request: Message, Response: Message>(
        _ method: String, _ request: Request
    ) async throws -> Response {
        let transport = try HTTP2ClientTransport.Posix.toGoServer(
            .unixDomainSocket(path: socket, authority: "localhost"), security: .plaintext,
            receiveLimit: Self.receiveLimit)
        var options = CallOptions.defaults
        options.timeout = timeout
        return try await withGRPCClient(transport: transport) { [options] client in
            try await client.unary(
                request: ClientRequest(message: request),
                descriptor: MethodDescriptor(fullyQualifiedService: Self.service, method: method),
                serializer: ProtobufSerializer<Request>(), deserializer: ProtobufDeserializer<Response>(),
                options: options
            ) { response in try response.message }
        }
    }
}
