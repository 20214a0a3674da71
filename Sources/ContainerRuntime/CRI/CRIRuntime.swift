internal import CRIProtocol
package import Determinism
internal import GRPCCore
internal import GRPCNIOTransportHTTP2Posix
internal import GRPCProtobuf
internal import GRPCSupport
package import Logging
internal import SwiftProtobuf
internal import Synchronization

/// A container runtime behind a unix socket that speaks CRI, with containerd's own event stream beside it.
///
/// Calls may be made before ``run()`` and wait for it. A runtime that goes away makes calls throw
/// `.unavailable` until it is back; the connection is made anew by itself.
package final class CRIRuntime: ContainerRuntime {
    /// The longest answer that is taken: a list of some thousand containers.
    static let receiveLimit = 32 * 1024 * 1024
    /// How long an ordinary call may take.
    static let callTimeout = Duration.seconds(120)
    /// How long making or stopping a sandbox may take: CNI plugins and slow disks are part of it.
    static let sandboxTimeout = Duration.seconds(240)
    /// How long the connection to a runtime that went away stays down at most before it is tried again.
    static let reconnectMaximum = Duration.seconds(2)

    /// Where a method lives.
    enum Service: String {
        case runtime = "runtime.v1.RuntimeService"
        case image = "runtime.v1.ImageService"
        case events = "containerd.services.events.v1.Events"
    }

    let time: any Timekeeper
    let log: Logger
    let feed: RuntimeEventFeed
    private let client: GRPCClient<HTTP2ClientTransport.Posix>

    package init(socket: String, time: any Timekeeper, log: Logger) throws(RuntimeServiceError) {
        self.time = time
        self.log = log
        feed = RuntimeEventFeed()
        do {
            let transport = try HTTP2ClientTransport.Posix.toGoServer(
                .unixDomainSocket(path: socket), security: .plaintext, receiveLimit: Self.receiveLimit,
                backoff: .init(
                    initial: .milliseconds(50), max: Self.reconnectMaximum, multiplier: 2, jitter: 0.2))
            client = GRPCClient(transport: transport)
        } catch {
            throw RuntimeServiceError(.unavailable, "\(error)")
        }
    }

    /// Keeps the connection and the event stream alive until the task is cancelled.
    package func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.followEvents() }
            group.addTask { await self.connect() }
        }
    }

    private func connect() async {
        await withTaskCancellationHandler {
            do {
                try await client.runConnections()
            } catch {
                log.error("connection to the container runtime ended", metadata: ["error": "\(error)"])
            }
        } onCancel: {
            client.beginGracefulShutdown()
        }
    }

    package func events() -> AsyncStream<RuntimeEvent> { feed.subscribe(at: time.now) }

    /// One call with one answer. Without `timeout` it may take for ever.
    func call<Request: Message, Response: Message>(
        _ service: Service, _ method: String, _ request: Request, returning: Response.Type = Response.self,
        timeout: Duration? = CRIRuntime.callTimeout
    ) async throws(RuntimeServiceError) -> Response {
        do {
            return try await client.unary(
                request: ClientRequest(message: request),
                descriptor: MethodDescriptor(fullyQualifiedService: service.rawValue, method: method),
                serializer: ProtobufSerializer<Request>(),
                deserializer: ProtobufDeserializer<Response>(),
                options: Self.options(timeout: timeout)
            ) { response in try response.message }
        } catch {
            throw RuntimeServiceError(error)
        }
    }

    /// One call with a stream of answers; returns when the stream ends.
    func stream<Request: Message, Response: Message>(
        _ service: Service, _ method: String, _ request: Request, of: Response.Type,
        _ receive: @escaping @Sendable (Response) -> Void
    ) async throws(RuntimeServiceError) {
        do {
            try await client.serverStreaming(
                request: ClientRequest(message: request),
                descriptor: MethodDescriptor(fullyQualifiedService: service.rawValue, method: method),
                serializer: ProtobufSerializer<Request>(),
                deserializer: ProtobufDeserializer<Response>(),
                options: Self.options(timeout: nil)
            ) { response in
                for try await message in response.messages { receive(message) }
            }
        } catch {
            throw RuntimeServiceError(error)
        }
    }

    private static func options(timeout: Duration?) -> CallOptions {
        var options = CallOptions.defaults
        options.timeout = timeout
        options.waitForReady = false
        return options
    }
}

extension RuntimeServiceError {
    /// What gRPC threw, in our words.
    init(_ error: any Error) {
        switch error {
        case let error as RPCError where error.cause is CancellationError:
            self.init(.cancelled, "the call was cancelled")
        case let error as RPCError:
            self.init(Code(error.code), error.cause.map { "\(error.message) (\($0))" } ?? error.message)
        case is CancellationError: self.init(.cancelled, "the call was cancelled")
        default: self.init(.unavailable, "\(error)")
        }
    }
}

extension RuntimeServiceError.Code {
    fileprivate init(_ code: RPCError.Code) {
        switch code {
        case .notFound: self = .notFound
        case .alreadyExists: self = .alreadyExists
        case .invalidArgument: self = .invalidArgument
        case .failedPrecondition: self = .failedPrecondition
        case .deadlineExceeded: self = .deadlineExceeded
        case .unavailable: self = .unavailable
        case .cancelled: self = .cancelled
        case .unimplemented: self = .unimplemented
        default: self = .unknown
        }
    }
}
