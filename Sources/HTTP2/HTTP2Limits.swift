/// What one connection may cost us.
package struct HTTP2Limits: Sendable {
    /// Streams that are open at a time.
    package var streams = 250
    /// Bytes of one request's headers, packed and unpacked.
    package var headers = 1 << 20
    /// Bytes of a request's body that may be on their way to us, for a stream.
    package var streamWindow = 1 << 18
    /// The same for all streams of the connection.
    package var connectionWindow = 1 << 20
    /// Bytes that wait to be handed to the channel: more are handed on at once.
    package var gathered = 1 << 17
    /// Answers to pings, settings and broken streams that a peer may leave unread, in bytes.
    package var unreadControl = 1 << 20
    /// Frames without use (pings, resets, empty or late ones) in a burst, and how many more each second.
    package var uselessBurst = 1000
    package var uselessPerSecond = 200

    package init() {}
}

/// Counts down with every useless frame and recovers with time, so that a peer cannot keep us busy with nothing.
struct PatienceBudget {
    private let burst: Int
    private let perSecond: Int
    private var left: Int
    private var since: Int64?

    init(burst: Int, perSecond: Int) {
        self.burst = burst
        self.perSecond = perSecond
        left = burst
    }

    /// - now: nanoseconds of a clock that only goes forward.
    /// - returns: false when patience has run out.
    mutating func spend(now: Int64) -> Bool {
        let since = since ?? now
        let gained = Int64(perSecond) * (now - since) / 1_000_000_000
        if gained > 0 || self.since == nil {
            left = min(burst, left + Int(min(gained, Int64(burst))))
            self.since = now
        }
        left -= 1
        return left >= 0
    }
}
