internal import NIOHPACK
package import NIOCore

extension HTTP2Connection {
    /// Takes in what came.
    ///
    /// - now: nanoseconds of a clock that only goes forward.
    /// - throws: what the peer did wrong; end the connection with `goAway`.
    package func receive(_ bytes: ByteBuffer, now: Int64) throws(HTTP2Error) {
        guard !isClosed else { return }
        if incoming.readableBytes == 0 { incoming = bytes } else { incoming.writeImmutableBuffer(bytes) }
        guard try readPreface() else { return }
        while !isClosed, let frame = try Frame.read(&incoming) {
            try receive(frame, now)
            guard unreadControl <= limits.unreadControl else {
                throw HTTP2Error(.enhanceYourCalm, "the peer does not read what it asks for")
            }
        }
        // The buffer is the channel's: what is left of it is copied, the rest let go.
        incoming = incoming.readableBytes == 0 ? ByteBuffer() : ByteBuffer(incoming.readableBytesView)
    }

    /// True when it is past.
    private func readPreface() throws(HTTP2Error) -> Bool {
        guard !hasPreface else { return true }
        guard Self.preface.starts(with: incoming.readableBytesView.prefix(Self.preface.count)) else {
            throw HTTP2Error(.protocolError, "the connection's preface is not HTTP/2's")
        }
        guard incoming.readableBytes >= Self.preface.count else { return false }
        incoming.moveReaderIndex(forwardBy: Self.preface.count)
        hasPreface = true
        return true
    }

    private func receive(_ frame: Frame, _ now: Int64) throws(HTTP2Error) {
        let type = FrameType(rawValue: frame.type)
        if let block, type != .continuation || block.stream != frame.stream {
            throw HTTP2Error(.protocolError, "a header block was interrupted")
        }
        switch type {
        case .data: try receiveData(frame, now)
        case .headers: try receiveHeaders(frame, now)
        case .continuation: try receiveContinuation(frame, now)
        case .resetStream: try receiveReset(frame, now)
        case .settings: try receiveSettings(frame, now)
        case .ping: try receivePing(frame, now)
        case .windowUpdate: try receiveWindowUpdate(frame)
        case .priority:
            guard frame.stream != 0 else { throw HTTP2Error(.protocolError, "a priority for no stream") }
            guard frame.payload.readableBytes == 5 else { return reset(frame.stream, .frameSizeError) }
            try spendPatience(now)
        case .goAway: try receiveGoAway(frame)
        case .pushPromise: throw HTTP2Error(.protocolError, "a client cannot push")
        case nil: try spendPatience(now)
        }
    }

    func spendPatience(_ now: Int64) throws(HTTP2Error) {
        guard patience.spend(now: now) else { throw HTTP2Error(.enhanceYourCalm, "too many frames without use") }
    }

    // MARK: Requests

    private func receiveHeaders(_ frame: Frame, _ now: Int64) throws(HTTP2Error) {
        guard frame.stream & 1 == 1 else { throw HTTP2Error(.protocolError, "a client's stream has an odd number") }
        var frame = frame
        try frame.removePadding()
        if frame.flags.contains(.priority) {
            guard frame.payload.readSlice(length: 5) != nil else {
                throw HTTP2Error(.frameSizeError, "a priority does not fit its frame")
            }
        }
        let part = HeaderBlockInParts(
            stream: frame.stream, endsStream: frame.flags.contains(.endStream), bytes: frame.payload)
        guard frame.flags.contains(.endHeaders) else { return block = part }
        try receive(part, now)
    }

    private func receiveContinuation(_ frame: Frame, _ now: Int64) throws(HTTP2Error) {
        guard var part = block else { throw HTTP2Error(.protocolError, "a continuation of nothing") }
        try spendPatience(now)
        part.bytes.writeImmutableBuffer(frame.payload)
        guard part.bytes.readableBytes <= limits.headers else {
            throw HTTP2Error(.enhanceYourCalm, "a header block of more than \(limits.headers) bytes")
        }
        guard frame.flags.contains(.endHeaders) else { return block = part }
        block = nil
        try receive(part, now)
    }

    private func receive(_ block: HeaderBlockInParts, _ now: Int64) throws(HTTP2Error) {
        // Blocks of streams that are over must be decoded too: both ends keep one table.
        let fields: HPACKHeaders
        do {
            var bytes = block.bytes
            fields = try decoder.decodeHeaders(from: &bytes)
        } catch {
            throw HTTP2Error(.compressionError, "\(error)")
        }
        if let stream = streams[block.stream] { return try receiveTrailers(block, on: stream) }
        guard block.stream > lastStream else { return try spendPatience(now) }
        lastStream = block.stream
        guard streams.count < limits.streams else {
            sendReset(block.stream, .refusedStream)
            return try spendPatience(now)
        }
        guard let head = HTTP2RequestHead(fields), !block.endsStream || head.length ?? 0 == 0 else {
            sendReset(block.stream, .protocolError)
            return try spendPatience(now)
        }
        open(block.stream, head, isWhole: block.endsStream)
    }

    private func open(_ id: UInt32, _ head: HTTP2RequestHead, isWhole: Bool) {
        let stream = HTTP2Stream(
            id: id, connection: self, sendWindow: peerStreamWindow, receiveWindow: limits.streamWindow)
        stream.expected = head.length
        stream.isRemoteEnded = isWhole
        streams[id] = stream
        let user = accept(stream, head)
        guard !stream.isClosed else { return user.closed() }
        stream.user = user
        if isWhole { user.receiveEnd() }
    }

    private func receiveTrailers(_ block: HeaderBlockInParts, on stream: HTTP2Stream) throws(HTTP2Error) {
        guard !stream.isRemoteEnded else { throw HTTP2Error(.streamClosed, "headers after a request's end") }
        guard block.endsStream else { return reset(stream.id, .protocolError) }
        endRequest(stream)
    }

    private func receiveData(_ frame: Frame, _ now: Int64) throws(HTTP2Error) {
        guard frame.stream != 0, frame.stream <= lastStream else {
            throw HTTP2Error(.protocolError, "data for no stream")
        }
        var frame = frame
        let size = frame.payload.readableBytes
        guard receiveWindow.take(size) else { throw HTTP2Error(.flowControlError, "more data than the connection takes") }
        if let increment = receiveWindow.widen() { sendWindowUpdate(0, increment) }
        try frame.removePadding()
        guard let stream = streams[frame.stream] else { return try spendPatience(now) }
        guard !stream.isRemoteEnded else { return reset(stream.id, .streamClosed) }
        guard stream.receiveWindow.take(size) else { return reset(stream.id, .flowControlError) }
        let isLast = frame.flags.contains(.endStream)
        if !isLast, let increment = stream.receiveWindow.widen() { sendWindowUpdate(stream.id, increment) }
        let count = frame.payload.readableBytes
        if count == 0, !isLast { try spendPatience(now) }
        if let expected = stream.expected {
            guard count <= expected else { return reset(stream.id, .protocolError) }
            stream.expected = expected - count
        }
        if count > 0 { stream.user?.receive(frame.payload) }
        if isLast { endRequest(stream) }
    }

    private func endRequest(_ stream: HTTP2Stream) {
        guard !stream.isClosed else { return }
        guard stream.expected ?? 0 == 0 else { return reset(stream.id, .protocolError) }
        stream.isRemoteEnded = true
        stream.user?.receiveEnd()
    }

    private func receiveReset(_ frame: Frame, _ now: Int64) throws(HTTP2Error) {
        guard frame.stream != 0, frame.stream <= lastStream else {
            throw HTTP2Error(.protocolError, "a reset of no stream")
        }
        guard frame.payload.readableBytes == 4 else { throw HTTP2Error(.frameSizeError, "a reset has four bytes") }
        // To open streams only to break them is work for us and none for the peer.
        try spendPatience(now)
        if let stream = streams[frame.stream] { remove(stream) }
    }

    // MARK: The connection

    private func receiveSettings(_ frame: Frame, _ now: Int64) throws(HTTP2Error) {
        guard frame.stream == 0 else { throw HTTP2Error(.protocolError, "settings on a stream") }
        var payload = frame.payload
        if frame.flags.contains(.acknowledged) {
            guard payload.readableBytes == 0 else { throw HTTP2Error(.frameSizeError, "an acknowledgement says nothing") }
            return
        }
        guard payload.readableBytes % 6 == 0 else { throw HTTP2Error(.frameSizeError, "settings have six bytes each") }
        try spendPatience(now)
        while let (name, value) = payload.readMultipleIntegers(as: (UInt16, UInt32).self) {
            try apply(name, Int(value))
        }
        writeControl(.settings, .acknowledged, stream: 0, length: 0) { _ in }
        pump()
    }

    private func apply(_ name: UInt16, _ value: Int) throws(HTTP2Error) {
        switch name {
        case Setting.initialWindow:
            guard value <= Self.windowMax else { throw HTTP2Error(.flowControlError, "a window of \(value) bytes") }
            let change = value - peerStreamWindow
            peerStreamWindow = value
            for stream in streams.values {
                stream.sendWindow += change
                guard stream.sendWindow <= Self.windowMax else {
                    throw HTTP2Error(.flowControlError, "a stream's window has no end")
                }
                if stream.hasSomethingToSend { enqueue(stream) }
            }
        case Setting.payloadMax:
            guard (Frame.payloadMax...0xff_ffff).contains(value) else {
                throw HTTP2Error(.protocolError, "frames of \(value) bytes")
            }
        case Setting.enablePush:
            guard value <= 1 else { throw HTTP2Error(.protocolError, "push is on or off") }
        case _: break
        }
    }

    private func receivePing(_ frame: Frame, _ now: Int64) throws(HTTP2Error) {
        guard frame.stream == 0 else { throw HTTP2Error(.protocolError, "a ping on a stream") }
        guard frame.payload.readableBytes == 8 else { throw HTTP2Error(.frameSizeError, "a ping has eight bytes") }
        try spendPatience(now)
        guard !frame.flags.contains(.acknowledged) else { return }
        writeControl(.ping, .acknowledged, stream: 0, length: 8) { $0.writeImmutableBuffer(frame.payload) }
    }

    /// Who leaves in order still reads its answers. Who leaves for an error reads nothing any more, though it may go on
    /// asking: kept, the connection would let its requests wait for ever.
    private func receiveGoAway(_ frame: Frame) throws(HTTP2Error) {
        guard frame.stream == 0 else { throw HTTP2Error(.protocolError, "GOAWAY on a stream") }
        var payload = frame.payload
        guard let (_, code) = payload.readMultipleIntegers(as: (UInt32, UInt32).self) else {
            throw HTTP2Error(.frameSizeError, "GOAWAY has eight bytes at least")
        }
        guard code == HTTP2ErrorCode.noError.rawValue else {
            throw HTTP2Error(.noError, "the peer has given up, for error \(code)")
        }
    }

    private func receiveWindowUpdate(_ frame: Frame) throws(HTTP2Error) {
        var payload = frame.payload
        guard payload.readableBytes == 4, let word = payload.readInteger(as: UInt32.self) else {
            throw HTTP2Error(.frameSizeError, "a window update has four bytes")
        }
        let increment = Int(word & 0x7fff_ffff)
        guard frame.stream != 0 else {
            guard increment > 0 else { throw HTTP2Error(.protocolError, "a window update of nothing") }
            sendWindow += increment
            guard sendWindow <= Self.windowMax else {
                throw HTTP2Error(.flowControlError, "the connection's window has no end")
            }
            return pump()
        }
        guard frame.stream <= lastStream else { throw HTTP2Error(.protocolError, "a window update for no stream") }
        guard let stream = streams[frame.stream] else { return }
        guard increment > 0 else { return reset(stream.id, .protocolError) }
        stream.sendWindow += increment
        guard stream.sendWindow <= Self.windowMax else { return reset(stream.id, .flowControlError) }
        guard stream.hasSomethingToSend else { return }
        enqueue(stream)
        pump()
    }
}
