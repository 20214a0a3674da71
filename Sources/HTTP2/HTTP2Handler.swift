package import NIOCore

/// An event for channels: the server is about to end.
package struct ConnectionLeave: Sendable {
    package init() {}
}

/// Joins an HTTP/2 connection to its channel, after TLS.
///
/// What all streams write in one turn of the event loop leaves in one piece: each write would become a record of TLS
/// and each flush a system call.
package final class HTTP2Handler: ChannelInboundHandler {
    package typealias InboundIn = ByteBuffer
    package typealias OutboundOut = ByteBuffer

    private let connection: HTTP2Connection
    /// A connection without requests is closed after this (as upstream's server does).
    private let idleMax: TimeAmount
    private var isReading = false
    private var isFlushDue = false
    /// When something was last asked, or answered as the last.
    private var lastUse = NIODeadline.now()
    private var idleTimer: Scheduled<Void>?

    package init(_ connection: HTTP2Connection, idleMax: TimeAmount = .seconds(90)) {
        self.connection = connection
        self.idleMax = idleMax
    }

    package func handlerAdded(context: ChannelHandlerContext) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        connection.onOutput = { isMuch in
            let (handler, context) = bound.value
            if isMuch { handler.pass(context) } else { handler.flushSoon(context) }
        }
        connection.onIdle = {
            let (handler, context) = bound.value
            handler.lastUse = .now()
            if handler.connection.isLeaving { handler.endSoon(context) } else { handler.watchIdleness(context) }
        }
        if context.channel.isActive { begin(context) }
    }

    package func channelActive(context: ChannelHandlerContext) {
        begin(context)
        context.fireChannelActive()
    }

    private func begin(_ context: ChannelHandlerContext) {
        pass(context)
        watchIdleness(context)
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        isReading = true
        lastUse = .now()
        do throws(HTTP2Error) {
            try connection.receive(unwrapInboundIn(data), now: Int64(clamping: lastUse.uptimeNanoseconds))
        } catch {
            connection.goAway(error.code)
            pass(context)
            context.close(promise: nil)
        }
    }

    package func channelReadComplete(context: ChannelHandlerContext) {
        isReading = false
        pass(context)
        context.fireChannelReadComplete()
    }

    package func channelWritabilityChanged(context: ChannelHandlerContext) {
        connection.channelWritabilityChanged(context.channel.isWritable)
        context.fireChannelWritabilityChanged()
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard event is ConnectionLeave else { return context.fireUserInboundEventTriggered(event) }
        connection.leave()
        pass(context)
        if connection.streams.isEmpty { endSoon(context) }
    }

    /// After what is being written.
    private func endSoon(_ context: ChannelHandlerContext) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.execute {
            let (handler, context) = bound.value
            guard handler.connection.streams.isEmpty else { return }
            handler.connection.goAway(.noError)
            handler.pass(context)
            context.close(promise: nil)
        }
    }

    package func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    package func handlerRemoved(context: ChannelHandlerContext) { end() }

    /// A connection that breaks, or breaks TLS: the peer's fault, and common.
    package func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func end() {
        idleTimer?.cancel()
        idleTimer = nil
        connection.onOutput = nil
        connection.onIdle = nil
        connection.close()
    }

    // MARK: Writing

    private func flushSoon(_ context: ChannelHandlerContext) {
        guard !isReading, !isFlushDue else { return }
        isFlushDue = true
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.execute {
            let (handler, context) = bound.value
            handler.isFlushDue = false
            handler.pass(context)
        }
    }

    private func pass(_ context: ChannelHandlerContext) {
        guard connection.hasOutput else { return }
        context.writeAndFlush(wrapOutboundOut(connection.takeOutput()), promise: nil)
    }

    // MARK: Idleness

    /// One timer for as long as nothing is asked; one that finds a request under way is not set again before its end.
    private func watchIdleness(_ context: ChannelHandlerContext) {
        guard idleTimer == nil else { return }
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        idleTimer = context.eventLoop.scheduleTask(deadline: lastUse + idleMax) {
            let (handler, context) = bound.value
            handler.idleTimer = nil
            guard handler.connection.streams.isEmpty else { return }
            guard handler.lastUse + handler.idleMax <= .now() else { return handler.watchIdleness(context) }
            handler.connection.goAway(.noError)
            handler.pass(context)
            context.close(promise: nil)
        }
    }
}
