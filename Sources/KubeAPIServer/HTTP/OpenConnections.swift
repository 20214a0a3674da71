internal import HTTP2
internal import NIOCore
internal import Synchronization

/// The connections of a server, so that they can be told that it ends.
final class OpenConnections: Sendable {
    private let channels = Mutex<[ObjectIdentifier: any Channel]>([:])

    /// Keeps a connection until it is closed.
    func add(_ channel: any Channel) {
        let id = ObjectIdentifier(channel)
        channels.withLock { $0[id] = channel }
        channel.closeFuture.whenComplete { [self] _ in channels.withLock { _ = $0.removeValue(forKey: id) } }
    }

    var isEmpty: Bool { channels.withLock { $0.isEmpty } }

    /// Asks all of them to end after what is under way on them.
    func leave() {
        for channel in channels.withLock({ Array($0.values) }) {
            channel.eventLoop.execute { channel.pipeline.fireUserInboundEventTriggered(ConnectionLeave()) }
        }
    }
}
