internal import NIOCore

/// A backend that has answered to the wish for another protocol, kindly or not.
struct UpgradedBackend: Sendable {
    let channel: any Channel
    let answer: UpgradeAnswer
    let backend: NIOLoopBound<StreamBackend>
}

extension TunnelDialer {
    /// Connects, asks for the upgrade and waits for the answer. The connection reads on when it is joined to a bridge.
    func upgrade(_ target: TunnelTarget, on eventLoop: any EventLoop) -> EventLoopFuture<UpgradedBackend> {
        let answered = eventLoop.makePromise(of: UpgradeAnswer.self)
        let backend = NIOLoopBound(StreamBackend(answered: answered), eventLoop: eventLoop)
        let connected = connect(target, on: eventLoop) { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(backend.value)
            }
        }
        connected.whenFailure { answered.fail($0) }
        return connected.flatMap { channel in
            channel.writeAndFlush(Self.request(target), promise: nil)
            return answered.futureResult.map {
                UpgradedBackend(channel: channel, answer: $0, backend: backend)
            }
        }
    }

    static func request(_ target: TunnelTarget) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeString("\(target.method) \(target.target) HTTP/1.1\r\nHost: \(target.host):\(target.port)\r\n")
        for (name, value) in target.headers { buffer.writeString("\(name): \(value)\r\n") }
        buffer.writeString("\r\n")
        buffer.writeBytes(target.body)
        return buffer
    }
}
