/// Which trace a span belongs to.
package struct TraceID: Sendable, Hashable {
    package var high: UInt64
    package var low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }
}

/// Where a request stands in a trace, as clients and servers tell each other (W3C Trace Context).
package struct TraceContext: Sendable, Hashable {
    package var trace: TraceID
    package var span: UInt64
    package var isSampled: Bool
    /// What others wrote beside it; passed on as it is.
    package var state: String

    /// The longest `tracestate` that is passed on.
    static let stateMax = 512

    package init(trace: TraceID, span: UInt64, isSampled: Bool, state: String = "") {
        self.trace = trace
        self.span = span
        self.isSampled = isSampled
        self.state = state
    }

    /// - header: `traceparent`, such as `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01`.
    package init?(header: String, state: String = "") {
        let parts = header.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard parts.count >= 4, parts[0].count == 2, parts[1].count == 32, parts[2].count == 16, parts[3].count == 2,
            let version = Self.number(parts[0]), version != 0xff, version > 0 || parts.count == 4,
            let high = Self.number(parts[1].prefix(16)), let low = Self.number(parts[1].dropFirst(16)),
            let span = Self.number(parts[2]), let flags = Self.number(parts[3]), high | low != 0, span != 0
        else { return nil }
        self.init(
            trace: TraceID(high: high, low: low), span: span, isSampled: flags & 1 == 1,
            state: state.utf8.count > Self.stateMax ? "" : state)
    }

    package var header: String {
        "00-\(Self.hex(trace.high))\(Self.hex(trace.low))-\(Self.hex(span))-\(isSampled ? "01" : "00")"
    }

    /// Lower case only.
    private static func number(_ digits: some Collection<UInt8>) -> UInt64? {
        var number: UInt64 = 0
        for digit in digits {
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): number = number << 4 | UInt64(digit - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): number = number << 4 | UInt64(digit - UInt8(ascii: "a") + 10)
            case _: return nil
            }
        }
        return number
    }

    private static func hex(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
