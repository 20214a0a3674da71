internal import NIOCore

extension HTTP2Connection {
    // MARK: Answers

    func sendHead(_ status: Int, _ headers: [(name: String, value: String)], isLast: Bool, on stream: HTTP2Stream) {
        var block = ByteBuffer()
        HeaderBlock.write(status, headers, to: &block)
        var isFirst = true
        repeat {
            let part = block.readSlice(length: min(block.readableBytes, Frame.payloadMax)) ?? ByteBuffer()
            var flags: FrameFlags = block.readableBytes == 0 ? .endHeaders : []
            if isFirst, isLast { flags.insert(.endStream) }
            reserve()
            output.writeFrameHeader(isFirst ? .headers : .continuation, flags, stream: stream.id, length: part.readableBytes)
            output.writeImmutableBuffer(part)
            isFirst = false
        } while block.readableBytes > 0
        if isLast { localEnd(of: stream) }
        tellOutput()
    }

    /// Sends a piece as one frame if nothing else waits and there is room for all of it.
    func sendAtOnce(_ piece: [UInt8], on stream: HTTP2Stream) -> Bool {
        guard isChannelWritable, !isPumping, queue.isEmpty,
            piece.count <= min(stream.sendWindow, sendWindow, Frame.payloadMax)
        else { return false }
        let isTold = hasOutput
        beginData(of: stream, piece.count)
        output.writeBytes(piece)
        if !isTold || output.readableBytes >= limits.gathered { tellOutput() }
        return true
    }

    /// A stream has something to send.
    func offer(_ stream: HTTP2Stream) {
        enqueue(stream)
        pump()
        if stream.pendingBytes > 0 { stream.isHeldBack = true }
    }

    func enqueue(_ stream: HTTP2Stream) {
        guard !stream.isQueued, !stream.isClosed else { return }
        stream.isQueued = true
        queue.append(stream)
    }

    /// Sends what the windows and the channel let through, a frame of each stream in turns.
    func pump() {
        guard !isPumping else { return }
        isPumping = true
        var drained: [HTTP2Stream] = []
        while isChannelWritable, let stream = queue.first {
            // Without room on the connection all wait; without room on the stream, it alone.
            guard stream.pendingBytes == 0 || sendWindow > 0 else { break }
            queue.removeFirst()
            stream.isQueued = false
            guard stream.pendingBytes == 0 || stream.sendWindow > 0, !stream.isClosed, stream.hasSomethingToSend else {
                continue
            }
            sendData(of: stream, min(stream.pendingBytes, stream.sendWindow, sendWindow, Frame.payloadMax))
            if stream.pendingBytes > 0 {
                enqueue(stream)
            } else if stream.isHeldBack {
                stream.isHeldBack = false
                drained.append(stream)
            }
        }
        isPumping = false
        if hasOutput { tellOutput() }
        for stream in drained where !stream.isClosed { stream.user?.becameWritable() }
    }

    private func sendData(of stream: HTTP2Stream, _ count: Int) {
        let count = max(count, 0)
        let isLast = stream.isLastPending && count == stream.pendingBytes
        beginData(of: stream, count, isLast: isLast)
        stream.takePending(count) { output.writeBytes($0) }
        if output.readableBytes >= limits.gathered { onOutput?(true) }
        if isLast { localEnd(of: stream) }
    }

    /// The head of a frame of data, whose payload is to follow.
    private func beginData(of stream: HTTP2Stream, _ count: Int, isLast: Bool = false) {
        reserve()
        output.writeFrameHeader(.data, isLast ? .endStream : [], stream: stream.id, length: count)
        stream.sendWindow -= count
        sendWindow -= count
    }

    /// The answer is whole. What may still come of the request is of no use to anybody.
    private func localEnd(of stream: HTTP2Stream) {
        if !stream.isRemoteEnded { sendReset(stream.id, .noError) }
        remove(stream)
    }

    // MARK: Control

    func sendSettings() {
        let settings: [(UInt16, UInt32)] = [
            (Setting.concurrentStreamsMax, UInt32(limits.streams)),
            (Setting.initialWindow, UInt32(limits.streamWindow)),
            (Setting.headerListMax, UInt32(limits.headers)),
        ]
        writeControl(.settings, stream: 0, length: settings.count * 6) { output in
            for (name, value) in settings { output.writeMultipleIntegers(name, value) }
        }
        sendWindowUpdate(0, limits.connectionWindow - Self.initialWindow)
    }

    func sendWindowUpdate(_ stream: UInt32, _ increment: Int) {
        writeControl(.windowUpdate, stream: stream, length: 4) { $0.writeInteger(UInt32(increment)) }
    }

    func sendReset(_ stream: UInt32, _ code: HTTP2ErrorCode) {
        writeControl(.resetStream, stream: stream, length: 4) { $0.writeInteger(code.rawValue) }
    }

    /// Breaks a stream from our side.
    func reset(_ id: UInt32, _ code: HTTP2ErrorCode) {
        sendReset(id, code)
        if let stream = streams[id] { remove(stream) }
    }

    func writeControl(
        _ type: FrameType, _ flags: FrameFlags = [], stream: UInt32, length: Int, _ payload: (inout ByteBuffer) -> Void
    ) {
        if !isChannelWritable { unreadControl += Frame.headerSize + length }
        reserve()
        output.writeFrameHeader(type, flags, stream: stream, length: length)
        payload(&output)
        tellOutput()
    }

    private func reserve() {
        if output.capacity == 0 { output.reserveCapacity(outputCapacity) }
    }

    private func tellOutput() { onOutput?(output.readableBytes >= limits.gathered) }
}

/// Names of settings (RFC 9113, section 6.5.2).
enum Setting {
    static let concurrentStreamsMax: UInt16 = 0x3
    static let initialWindow: UInt16 = 0x4
    static let payloadMax: UInt16 = 0x5
    static let headerListMax: UInt16 = 0x6
    static let enablePush: UInt16 = 0x2
}
