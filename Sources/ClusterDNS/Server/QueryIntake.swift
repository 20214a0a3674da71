/// What is to be done with bytes that came from a client, before anybody looks at names.
package enum QueryIntake: Equatable, Sendable {
    /// Not even a header, or itself a response: to answer would invite loops.
    case ignored
    /// Answered at once, because it cannot be understood or is not for us.
    case refused(DNSMessage)
    /// A question.
    case asked(DNSMessage, DNSQuestion)

    package init(_ bytes: [UInt8]) {
        guard bytes.count >= 12, bytes[2] & 0x80 == 0 else {
            self = .ignored
            return
        }
        let query: DNSMessage
        do throws(MessageError) {
            query = try DNSReader.read(bytes)
        } catch {
            var message = DNSMessage(id: UInt16(bytes[0]) << 8 | UInt16(bytes[1]))
            message.opcode = bytes[2] >> 3 & 0xf
            message.recursionDesired = bytes[2] & 1 != 0
            self = .refused(message.response(.formatError))
            return
        }
        if let refusal = Self.refusal(query) {
            self = .refused(query.response(refusal))
        } else {
            self = .asked(query, query.questions[0])
        }
    }

    private static func refusal(_ query: DNSMessage) -> ResponseCode? {
        if query.opcode != 0 { return .notImplemented }
        if query.extensions.map({ $0.version != 0 }) == true { return .badVersion }
        guard query.questions.count == 1, let question = query.questions.first else { return .formatError }
        if question.questionClass != ResourceRecord.internet { return .refused }
        return (RecordType.axfr.number - 1...RecordType.axfr.number + 2).contains(question.type.number) ? .refused : nil
    }
}

extension DNSMessage {
    /// An answer to this query, with nothing in it yet.
    func response(_ code: ResponseCode) -> DNSMessage {
        var response = DNSMessage(id: id)
        response.isResponse = true
        response.opcode = opcode
        response.recursionDesired = recursionDesired
        response.recursionAvailable = true
        response.checkingDisabled = checkingDisabled
        response.code = code
        response.questions = questions
        if extensions != nil { response.extensions = DNSExtensions(datagramBytes: DNSExtensions.datagramBytesOurs) }
        return response
    }

    /// The answer to this query with what was found out.
    func response(_ answer: ResolvedAnswer) -> DNSMessage {
        var response = response(answer.code)
        response.isAuthoritative = answer.isAuthoritative
        response.answers = answer.answers
        response.authorities = answer.authorities
        response.additionals = answer.additionals
        return response
    }

    /// The largest UDP message the sender of this query takes, and we send.
    var datagramLimit: Int {
        let asked = extensions?.datagramBytes ?? 0
        return max(Self.plainDatagramBytes, Int(min(asked, DNSExtensions.datagramBytesOurs)))
    }
}
