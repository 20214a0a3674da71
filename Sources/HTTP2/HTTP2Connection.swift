internal import DequeModule
internal import NIOHPACK
package import NIOCore

/// The server's end of one HTTP/2 connection: bytes in, requests to their users, answers to bytes.
///
/// It holds no socket and no clock; whoever joins it to one hands on what comes, and sends `takeOutput()` when it is
/// told that there is some. Lives on one event loop.
package final class HTTP2Connection {
    /// Makes the user of a request whose head has come.
    package typealias Accept = (HTTP2Stream, HTTP2RequestHead) -> any HTTP2StreamUser

    static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
    /// What a connection and its streams may send until told otherwise (RFC 9113, section 6.9.2).
    static let initialWindow = 65_535
    static let windowMax = Int(Int32.max)
    /// Room for most answers and events.
    private static let outputCapacityMin = 4096

    let limits: HTTP2Limits
    let accept: Accept
    /// Told that there is output; with true: that there is so much that it should go now.
    package var onOutput: ((_ isMuch: Bool) -> Void)?
    /// Told that the last open stream is over.
    package var onIdle: (() -> Void)?

    // What comes in.
    var incoming = ByteBuffer()
    var hasPreface = false
    var decoder: HPACKDecoder
    var block: HeaderBlockInParts?
    var receiveWindow: ReceiveWindow
    var patience: PatienceBudget
    var lastStream: UInt32 = 0
    package internal(set) var streams: [UInt32: HTTP2Stream] = [:]

    // What goes out.
    var output = ByteBuffer()
    var outputCapacity = HTTP2Connection.outputCapacityMin
    var unreadControl = 0
    var sendWindow = HTTP2Connection.initialWindow
    var peerStreamWindow = HTTP2Connection.initialWindow
    var queue: Deque<HTTP2Stream> = []
    var isPumping = false
    package private(set) var isChannelWritable = true
    package private(set) var isClosed = false
    /// It ends with the last request that is under way.
    package private(set) var isLeaving = false

    /// The parts of a header block that have come so far.
    struct HeaderBlockInParts {
        var stream: UInt32
        var endsStream: Bool
        var bytes: ByteBuffer
    }

    package init(limits: HTTP2Limits = HTTP2Limits(), accept: @escaping Accept) {
        self.limits = limits
        self.accept = accept
        decoder = HPACKDecoder(
            allocator: ByteBufferAllocator(), maxDynamicTableSize: HPACKDecoder.maxDynamicTableSize,
            maxHeaderListSize: limits.headers)
        receiveWindow = ReceiveWindow(size: limits.connectionWindow)
        patience = PatienceBudget(burst: limits.uselessBurst, perSecond: limits.uselessPerSecond)
        sendSettings()
    }

    deinit { close() }

    package var hasOutput: Bool { output.readableBytes > 0 }

    /// What is to be sent, all of it.
    package func takeOutput() -> ByteBuffer {
        // As much is likely to follow.
        outputCapacity = min(max(output.readableBytes, Self.outputCapacityMin), limits.gathered + Frame.payloadMax)
        defer { output = ByteBuffer() }
        return output
    }

    /// Whether the channel takes more. Nothing but control frames is made while it does not.
    package func channelWritabilityChanged(_ isWritable: Bool) {
        isChannelWritable = isWritable
        guard isWritable else { return }
        unreadControl = 0
        pump()
        for stream in streams.values where isChannelWritable && stream.pendingBytes == 0 { stream.user?.becameWritable() }
    }

    /// Ends the connection with a reason for the peer; what is under way is broken off.
    package func goAway(_ code: HTTP2ErrorCode) {
        guard !isClosed else { return }
        writeControl(.goAway, stream: 0, length: 8) { $0.writeMultipleIntegers(self.lastStream, code.rawValue) }
        close()
    }

    /// Asks the peer to go elsewhere with further requests; those that are under way are answered, and those that come
    /// all the same (RFC 9113, section 6.8).
    package func leave() {
        guard !isClosed, !isLeaving else { return }
        isLeaving = true
        writeControl(.goAway, stream: 0, length: 8) {
            $0.writeMultipleIntegers(UInt32(Int32.max), HTTP2ErrorCode.noError.rawValue)
        }
    }

    /// The channel is gone.
    package func close() {
        guard !isClosed else { return }
        isClosed = true
        queue = []
        let open = streams.values
        streams = [:]
        for stream in open { finish(stream) }
    }

    /// Forgets a stream that is over.
    func remove(_ stream: HTTP2Stream) {
        guard streams.removeValue(forKey: stream.id) != nil else { return }
        finish(stream)
        if streams.isEmpty { onIdle?() }
    }

    private func finish(_ stream: HTTP2Stream) {
        stream.isClosed = true
        stream.dropPending()
        let user = stream.user
        stream.user = nil
        user?.closed()
    }
}
