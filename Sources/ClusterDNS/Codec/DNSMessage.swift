/// A question: which records of a name are wanted.
package struct DNSQuestion: Hashable, Sendable {
    package var name: DNSName
    package var type: RecordType
    package var questionClass: UInt16

    package init(_ name: DNSName, _ type: RecordType, questionClass: UInt16 = ResourceRecord.internet) {
        self.name = name
        self.type = type
        self.questionClass = questionClass
    }
}

/// A message, query or response (RFC 1035, 4).
package struct DNSMessage: Equatable, Sendable {
    package var id: UInt16
    package var isResponse = false
    /// 0 is a query; we know no other.
    package var opcode: UInt8 = 0
    package var isAuthoritative = false
    package var isTruncated = false
    package var recursionDesired = false
    package var recursionAvailable = false
    /// The bits AD and CD of DNSSEC, carried through.
    package var authenticData = false
    package var checkingDisabled = false
    package var code = ResponseCode.noError
    package var questions: [DNSQuestion] = []
    package var answers: [ResourceRecord] = []
    package var authorities: [ResourceRecord] = []
    /// Without the OPT record, which is `extensions`.
    package var additionals: [ResourceRecord] = []
    package var extensions: DNSExtensions?

    package init(id: UInt16) { self.id = id }

    /// The size of a UDP message that everybody takes.
    package static let plainDatagramBytes = 512
    /// The largest message at all: two bytes tell its length over TCP.
    package static let bytesMax = 65_535
}

/// The OPT record (RFC 6891). Options inside are ignored: we know none.
package struct DNSExtensions: Equatable, Sendable {
    /// The largest UDP message the sender takes.
    package var datagramBytes: UInt16
    package var version: UInt8
    /// The sender understands DNSSEC records.
    package var wantsSignatures: Bool

    package init(datagramBytes: UInt16, version: UInt8 = 0, wantsSignatures: Bool = false) {
        self.datagramBytes = datagramBytes
        self.version = version
        self.wantsSignatures = wantsSignatures
    }

    /// What fits into one packet nearly everywhere (DNS flag day 2020).
    package static let datagramBytesOurs: UInt16 = 1_232
}

/// Why bytes are no message.
package struct MessageError: Error, Equatable {
    package enum Code: Sendable {
        /// The bytes end in the middle of something.
        case cutOff
        case badLabel
        case nameTooLong
        /// A compression pointer that does not point backwards.
        case badPointer
        case badRecord
        /// More than one OPT record, or one out of place.
        case badExtensions
    }

    package var code: Code
    /// Where in the message.
    package var offset: Int
}
