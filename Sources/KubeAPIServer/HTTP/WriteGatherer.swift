internal import NIOCore

/// Gathers what many streams of a connection write in one turn of the event loop.
///
/// It sits between HTTP/2 and TLS. Each write there would become a TLS record and each flush a system call: three
/// records for a small answer, a call for every watcher of an event. A connection with one stream has nobody to
/// wait for, and is flushed at once.
final class WriteGatherer: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// More than this is not held back: the connection must feel when its peer is slow.
    static let heldMax = 1 << 16

    /// Enough for most answers and events.
    static let firstCapacity = 4096

    /// Streams that are open on the connection.
    var streams = 0

    private var held = ByteBuffer()
    private var promise: EventLoopPromise<Void>?
    private var isFlushDue = false

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        var buffer = unwrapOutboundIn(data)
        if held.capacity == 0 { held = context.channel.allocator.buffer(capacity: Self.firstCapacity) }
        held.writeBuffer(&buffer)
        if let promise {
            if let shared = self.promise { shared.futureResult.cascade(to: promise) } else { self.promise = promise }
        }
        if held.readableBytes >= Self.heldMax { pass(context) }
    }

    func flush(context: ChannelHandlerContext) {
        guard streams > 1 else { return pass(context) }
        guard !isFlushDue else { return }
        isFlushDue = true
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.execute {
            let (handler, context) = bound.value
            // First: writing may make the connection writable again, and bring more writes.
            handler.isFlushDue = false
            handler.pass(context)
        }
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        pass(context)
        context.close(mode: mode, promise: promise)
    }

    private func pass(_ context: ChannelHandlerContext) {
        guard held.readableBytes > 0 else { return context.flush() }
        let promise = promise
        self.promise = nil
        let buffer = held
        held = ByteBuffer()
        context.writeAndFlush(wrapOutboundOut(buffer), promise: promise)
    }
}
