/// What kind of data a record has, or a question wants.
package struct RecordType: Hashable, Sendable, CustomStringConvertible {
    package var number: UInt16

    package init(_ number: UInt16) { self.number = number }

    package static let a = RecordType(1)
    package static let ns = RecordType(2)
    package static let cname = RecordType(5)
    package static let soa = RecordType(6)
    package static let ptr = RecordType(12)
    package static let mx = RecordType(15)
    package static let txt = RecordType(16)
    package static let aaaa = RecordType(28)
    package static let srv = RecordType(33)
    package static let dname = RecordType(39)
    /// Not a record but what extends the message (RFC 6891).
    package static let opt = RecordType(41)
    /// Asks for a whole zone.
    package static let axfr = RecordType(252)
    /// Asks for whatever there is.
    package static let any = RecordType(255)

    /// `A`, or `TYPE65` for what we have no word for (RFC 3597).
    package var description: String { Self.names[number] ?? "TYPE\(number)" }

    private static let names: [UInt16: String] = [
        1: "A", 2: "NS", 5: "CNAME", 6: "SOA", 12: "PTR", 15: "MX", 16: "TXT", 28: "AAAA", 33: "SRV", 39: "DNAME",
        41: "OPT", 252: "AXFR", 255: "ANY",
    ]
}

/// How a question was answered (RFC 1035, 4.1.1; above 15 the upper bits travel in the OPT record).
package struct ResponseCode: Hashable, Sendable {
    package var number: UInt16

    package init(_ number: UInt16) { self.number = number }

    package static let noError = ResponseCode(0)
    package static let formatError = ResponseCode(1)
    package static let serverFailure = ResponseCode(2)
    package static let nameError = ResponseCode(3)
    package static let notImplemented = ResponseCode(4)
    package static let refused = ResponseCode(5)
    package static let badVersion = ResponseCode(16)
}
