internal import APIMachinery
package import NIOCore

/// What stands between a client that speaks WebSocket and a backend that speaks SPDY: bytes in, bytes out, no I/O.
package protocol StreamConversion {
    /// The backend has agreed: what to begin with.
    mutating func opened() -> [StreamAction]
    /// The backend has refused or cannot be reached.
    mutating func refused(_ why: String) -> [StreamAction]
    mutating func received(fromClient event: WebSocketReader.Event) throws(StreamProtocolError) -> [StreamAction]
    mutating func received(fromBackend bytes: ByteBuffer) throws(StreamProtocolError) -> [StreamAction]
    /// The backend's connection has ended.
    mutating func backendEnded() -> [StreamAction]
    /// The client has gone without goodbye: what the backend is told, that may still have something to bring to an end.
    mutating func clientEnded() -> [StreamAction]
}

package enum StreamAction: Equatable {
    case toClient(ByteBuffer)
    case toBackend(ByteBuffer)
    /// All is said: the backend may go, and the client may take its time to read to the end.
    case finish
}

/// Port-forward: the client speaks SPDY itself, inside of a WebSocket's messages.
package struct TunnelConversion: StreamConversion, Sendable {
    package init() {}

    package func opened() -> [StreamAction] { [] }

    package func refused(_ why: String) -> [StreamAction] { [.finish] }

    package func received(fromClient event: WebSocketReader.Event) -> [StreamAction] {
        guard case .piece(let bytes, _, _) = event, bytes.readableBytes > 0 else { return [] }
        return [.toBackend(bytes)]
    }

    package func received(fromBackend bytes: ByteBuffer) -> [StreamAction] { [.toClient(WebSocketWriter.binary(bytes))] }

    package func backendEnded() -> [StreamAction] { [.toClient(WebSocketWriter.close()), .finish] }

    package func clientEnded() -> [StreamAction] { [.finish] }
}

/// Exec and attach: the channels of `v5.channel.k8s.io` on one side, a stream each on the other.
package struct ChannelConversion: StreamConversion, Sendable {
    /// What a kubelet may say of how a command ended.
    static let statusMax = 64 * 1024
    static let closeSignal: UInt8 = 255

    package enum Channel: UInt8, Sendable { case stdin = 0, stdout, stderr, error, resize }

    /// In the order in which the streams are opened; a stream's number is twice its place and one.
    private let channels: [Channel]
    private var writer = SPDYWriter()
    private var reader = SPDYReader()
    private var unread = ByteBuffer()
    /// Streams that the backend has not ended yet.
    private var open: Set<Channel>
    private var closed: Set<Channel> = []
    private var status: [UInt8] = []
    private var isOver = false
    /// The channel of the message that is being read, as the client numbers it.
    private var incoming: UInt8?

    /// - channels: what was asked for, besides the channel for errors.
    package init(stdin: Bool, stdout: Bool, stderr: Bool, isTerminal: Bool) {
        var channels = [Channel.error]
        if stdin { channels.append(.stdin) }
        if stdout { channels.append(.stdout) }
        // A terminal has one stream for both.
        if stderr, !isTerminal { channels.append(.stderr) }
        open = Set(channels).subtracting([.stdin])
        if isTerminal { channels.append(.resize) }
        self.channels = channels
    }

    package mutating func opened() -> [StreamAction] {
        // An empty message tells the client that the connection stands.
        let first: Channel = open.contains(.stdout) ? .stdout : open.contains(.stderr) ? .stderr : .error
        return [message(first, ByteBuffer())]
            + channels.map { channel in
                .toBackend(writer.open(stream: number(channel), headers: [("streamtype", channel.streamType)]))
            }
    }

    package mutating func refused(_ why: String) -> [StreamAction] { fail(why) }

    package mutating func received(
        fromClient event: WebSocketReader.Event
    ) throws(StreamProtocolError) -> [StreamAction] {
        guard case .piece(var bytes, let begins, let ends) = event else { return [] }
        if begins { incoming = nil }
        if incoming == nil { incoming = bytes.readInteger() }
        let channel = incoming
        if ends { incoming = nil }
        guard let channel, bytes.readableBytes > 0, !isOver else { return [] }
        if channel == Self.closeSignal { return try close(bytes) }
        guard let target = Channel(rawValue: channel), target == .stdin || target == .resize,
            channels.contains(target), !closed.contains(target)
        else { return [] }
        return [.toBackend(SPDYWriter.data(bytes, stream: number(target)))]
    }

    /// The client will send no more on a channel.
    private mutating func close(_ bytes: ByteBuffer) throws(StreamProtocolError) -> [StreamAction] {
        guard bytes.readableBytes == 1, let byte = bytes.getInteger(at: bytes.readerIndex, as: UInt8.self),
            let channel = Channel(rawValue: byte)
        else { throw StreamProtocolError("a close signal for no channel") }
        return channel == .stdin || channel == .resize ? closeInput(channel) : []
    }

    private mutating func closeInput(_ channel: Channel) -> [StreamAction] {
        guard !isOver, channels.contains(channel), closed.insert(channel).inserted else { return [] }
        return [.toBackend(SPDYWriter.data(ByteBuffer(), stream: number(channel), isLast: true))]
    }

    package mutating func received(fromBackend bytes: ByteBuffer) throws(StreamProtocolError) -> [StreamAction] {
        if unread.readableBytes == 0 { unread = bytes } else { unread.writeImmutableBuffer(bytes) }
        var actions: [StreamAction] = []
        while !isOver, let event = try reader.next(&unread) {
            switch event {
            case .data(let piece, let stream, let isLast):
                guard let channel = channel(stream) else { continue }
                if channel == .error {
                    status += piece.readableBytesView
                    guard status.count <= Self.statusMax else { throw StreamProtocolError("a status too long") }
                } else if open.contains(channel), piece.readableBytes > 0 {
                    actions.append(message(channel, piece))
                }
                if isLast { actions += ended(channel) }
            case .ended(let stream):
                if let channel = channel(stream) { actions += ended(channel) }
            // Pings with even numbers are the server's; the others answer ours.
            case .ping(let number): if number % 2 == 0 { actions.append(.toBackend(SPDYWriter.ping(number))) }
            }
        }
        if unread.readableBytes == 0 { unread = ByteBuffer() } else { unread.discardReadBytes() }
        return actions
    }

    package mutating func backendEnded() -> [StreamAction] {
        status.isEmpty ? fail("error reading from error stream: the connection to the kubelet was lost") : finish()
    }

    package mutating func clientEnded() -> [StreamAction] { closeInput(.stdin) }

    // MARK: The end

    private mutating func ended(_ channel: Channel) -> [StreamAction] {
        open.remove(channel)
        return open.isEmpty ? finish() : []
    }

    private mutating func fail(_ why: String) -> [StreamAction] {
        status = StatusError.internalError(why).value.json
        return finish()
    }

    /// A kubelet that says nothing about the end says that it was a good one.
    private mutating func finish() -> [StreamAction] {
        guard !isOver else { return [] }
        isOver = true
        let good: Value = ["metadata": [:], "status": "Success"]
        return [
            message(.error, ByteBuffer(bytes: status.isEmpty ? good.json : status)),
            .toClient(WebSocketWriter.close()), .finish,
        ]
    }

    // MARK: Numbers

    private func number(_ channel: Channel) -> UInt32 {
        UInt32(channels.firstIndex(of: channel) ?? 0) * 2 + 1
    }

    private func channel(_ stream: UInt32) -> Channel? {
        let place = Int(stream / 2)
        return stream % 2 == 1 && place < channels.count ? channels[place] : nil
    }

    private func message(_ channel: Channel, _ bytes: ByteBuffer) -> StreamAction {
        .toClient(WebSocketWriter.binary(bytes, prefix: [channel.rawValue]))
    }
}

extension ChannelConversion.Channel {
    /// The header by which a kubelet knows the stream.
    fileprivate var streamType: String {
        switch self {
        case .stdin: "stdin"
        case .stdout: "stdout"
        case .stderr: "stderr"
        case .error: "error"
        case .resize: "resize"
        }
    }
}
