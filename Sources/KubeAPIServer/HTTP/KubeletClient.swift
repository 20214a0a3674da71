internal import APIMachinery
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import Synchronization

/// Asks kubelets small questions, such as what their pods use.
struct KubeletClient: Sendable {
    static let answerMax = 64 << 20
    static let timeout = TimeAmount.seconds(5)

    private let dialer: TunnelDialer

    init(dialer: TunnelDialer) { self.dialer = dialer }

    /// The JSON that a kubelet answers to a GET of `path`.
    func get(_ path: String, from kubelet: KubeletAddress) async throws(StatusError) -> Value {
        let target = TunnelTarget(
            host: kubelet.host, port: kubelet.port, usesTLS: true, target: path, method: "GET", headers: [], body: [],
            identity: .kubeletClient)
        let bytes: [UInt8]
        do { bytes = try await fetch(target).get() } catch {
            throw .serviceUnavailable("the kubelet at \(kubelet.host) does not answer: \(error)")
        }
        do throws(JSONError) { return try Value(json: bytes) } catch {
            throw .internalError("the kubelet at \(kubelet.host) does not answer in JSON: \(error)")
        }
    }

    private func fetch(_ target: TunnelTarget) -> EventLoopFuture<[UInt8]> {
        let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
        let promise = eventLoop.makePromise(of: [UInt8].self)
        let shared = Answer()
        let limit = eventLoop.scheduleTask(in: Self.timeout) { promise.fail(ChannelError.connectTimeout(Self.timeout)) }
        eventLoop.execute {
            dialer.relay(
                target, on: eventLoop,
                head: { status, _ in shared.state.withLock { $0.status = status } },
                body: { buffer in
                    shared.state.withLock { state in
                        if state.body.count + buffer.readableBytes <= Self.answerMax {
                            state.body.append(contentsOf: buffer.readableBytesView)
                        }
                    }
                    return eventLoop.makeSucceededVoidFuture()
                },
                end: { error in
                    limit.cancel()
                    let (status, body) = shared.state.withLock { $0 }
                    if let error { return promise.fail(error) }
                    if status != .ok { return promise.fail(StatusError.internalError("answered \(status)")) }
                    promise.succeed(body)
                })
        }
        return promise.futureResult
    }

    private final class Answer: Sendable {
        let state = Mutex((status: HTTPResponseStatus.ok, body: [UInt8]()))
    }
}
