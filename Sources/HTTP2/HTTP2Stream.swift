internal import DequeModule
package import NIOCore

/// Who is told what becomes of a request. All calls come from the connection's event loop.
package protocol HTTP2StreamUser: AnyObject {
    /// More of the request's body.
    func receive(_ bytes: ByteBuffer)
    /// The request is whole.
    func receiveEnd()
    /// What could not be sent at once has been.
    func becameWritable()
    /// The stream is over: answered, broken by the peer, or gone with its connection.
    func closed()
}

/// One request of a connection, and the way of its answer.
package final class HTTP2Stream {
    package let id: UInt32
    /// There as long as the stream is open: a connection closes its streams before it goes.
    private unowned let connection: HTTP2Connection
    var user: (any HTTP2StreamUser)?

    /// Bytes that the peer takes on this stream. Less than none after it made its windows smaller.
    var sendWindow: Int
    var receiveWindow: ReceiveWindow
    /// What of the request's body is still to come, if its length is known.
    var expected: Int?

    private var pending: Deque<ArraySlice<UInt8>> = []
    private(set) var pendingBytes = 0
    /// The answer ends with what is pending.
    private(set) var isLastPending = false
    private var hasHead = false

    /// In the connection's queue of those that have something to send.
    var isQueued = false
    /// Somebody waits to hear that it became writable.
    var isHeldBack = false
    var isRemoteEnded = false
    package internal(set) var isClosed = false

    init(id: UInt32, connection: HTTP2Connection, sendWindow: Int, receiveWindow: Int) {
        self.id = id
        self.connection = connection
        self.sendWindow = sendWindow
        self.receiveWindow = ReceiveWindow(size: receiveWindow)
    }

    /// False while what was written before waits for the peer.
    package var isWritable: Bool { !isClosed && pendingBytes == 0 && connection.isChannelWritable }

    /// Ends the connection after what is under way on it.
    package func leaveConnection() { connection.leave() }

    /// The answer's head; an informational one (1xx) may come before.
    package func respond(_ status: Int, _ headers: [(name: String, value: String)], isLast: Bool = false) {
        guard !isClosed, !hasHead else { return }
        hasHead = status >= 200
        connection.sendHead(status, headers, isLast: isLast, on: self)
    }

    /// Some of the answer's body. Kept until the peer takes it; ask `isWritable` first where there may be much.
    package func write(_ pieces: [[UInt8]], isLast: Bool = false) {
        guard !isClosed, hasHead, !isLastPending else { return }
        var pieces = pieces[...]
        if !isLast, pendingBytes == 0 {
            while let piece = pieces.first, connection.sendAtOnce(piece, on: self) { pieces.removeFirst() }
            if pieces.isEmpty { return }
        }
        for piece in pieces where !piece.isEmpty {
            pending.append(piece[...])
            pendingBytes += piece.count
        }
        isLastPending = isLast
        guard pendingBytes > 0 || isLast else { return }
        connection.offer(self)
    }

    package func end() { write([], isLast: true) }

    /// Also when it is only that there is nothing more.
    var hasSomethingToSend: Bool { pendingBytes > 0 || isLastPending }

    /// Takes pieces out until they are so many bytes.
    func takePending(_ count: Int, into: (ArraySlice<UInt8>) -> Void) {
        var left = count
        pendingBytes -= count
        while left > 0, let piece = pending.popFirst() {
            if piece.count <= left {
                into(piece)
                left -= piece.count
            } else {
                into(piece.prefix(left))
                pending.prepend(piece.dropFirst(left))
                left = 0
            }
        }
    }

    func dropPending() {
        pending = []
        pendingBytes = 0
    }
}

/// Bytes that a peer may still send, and when to let it send more.
struct ReceiveWindow {
    private let size: Int
    private var left: Int
    private var taken = 0

    init(size: Int) {
        self.size = size
        left = size
    }

    /// False when the peer sent more than it might.
    mutating func take(_ count: Int) -> Bool {
        left -= count
        taken += count
        return left >= 0
    }

    /// By how much to widen the window again: `nil` until it is worth a frame.
    mutating func widen() -> Int? {
        guard taken >= size / 2 else { return nil }
        defer { taken = 0 }
        left += taken
        return taken
    }
}
