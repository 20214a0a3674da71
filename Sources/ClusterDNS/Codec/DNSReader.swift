internal import APIMachinery

/// Reads messages from bytes that anybody may have sent.
///
/// It terminates because every step consumes bytes and a compression pointer must point to before the
/// place where its name began; it allocates in proportion to the bytes.
package struct DNSReader {
    private let bytes: [UInt8]
    private var offset = 0

    /// Reads a whole message. What follows it is ignored, as servers do.
    package static func read(_ bytes: [UInt8]) throws(MessageError) -> DNSMessage {
        var reader = DNSReader(bytes)
        return try reader.message()
    }

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    private mutating func message() throws(MessageError) -> DNSMessage {
        var message = DNSMessage(id: try number16())
        let flags = try number16()
        message.isResponse = flags & 0x8000 != 0
        message.opcode = UInt8(flags >> 11 & 0xf)
        message.isAuthoritative = flags & 0x0400 != 0
        message.isTruncated = flags & 0x0200 != 0
        message.recursionDesired = flags & 0x0100 != 0
        message.recursionAvailable = flags & 0x0080 != 0
        message.authenticData = flags & 0x0020 != 0
        message.checkingDisabled = flags & 0x0010 != 0
        message.code = ResponseCode(flags & 0xf)
        let counts = (try number16(), try number16(), try number16(), try number16())
        for _ in 0..<counts.0 {
            message.questions.append(DNSQuestion(try name(), RecordType(try number16()), questionClass: try number16()))
        }
        for _ in 0..<counts.1 { message.answers.append(try record()) }
        for _ in 0..<counts.2 { message.authorities.append(try record()) }
        for _ in 0..<counts.3 { try additional(to: &message) }
        let misplaced = (message.answers + message.authorities).contains { $0.type == .opt }
        guard !misplaced else { throw error(.badExtensions) }
        return message
    }

    private mutating func additional(to message: inout DNSMessage) throws(MessageError) {
        let record = try record()
        guard record.type == .opt else {
            message.additionals.append(record)
            return
        }
        guard message.extensions == nil, record.name == .root else { throw error(.badExtensions) }
        message.extensions = DNSExtensions(
            datagramBytes: record.recordClass, version: UInt8(record.ttl >> 16 & 0xff),
            wantsSignatures: record.ttl & 0x8000 != 0)
        message.code.number |= UInt16(record.ttl >> 24) << 4
    }

    private mutating func record() throws(MessageError) -> ResourceRecord {
        let name = try name()
        let type = RecordType(try number16())
        let recordClass = try number16()
        let ttl = try number32()
        let length = Int(try number16())
        guard length <= bytes.count - offset else { throw error(.cutOff) }
        let end = offset + length
        let data = try data(type, recordClass, until: end)
        guard offset == end else { throw error(.badRecord) }
        return ResourceRecord(name, type, ttl: ttl, data, recordClass: recordClass)
    }

    private mutating func data(
        _ type: RecordType, _ recordClass: UInt16, until end: Int
    ) throws(MessageError) -> RecordData {
        guard recordClass == ResourceRecord.internet, type != .opt else { return .other(try rest(until: end)) }
        switch type {
        case .a, .aaaa:
            let address = IPAddress(bytes: try rest(until: end))
            guard let address, (address.family == .ipv4) == (type == .a) else { throw error(.badRecord) }
            return .address(address)
        case .ns, .cname, .ptr, .dname:
            return .name(try name())
        case .mx:
            return .mail(preference: try number16(), try name())
        case .srv:
            return .service(
                priority: try number16(), weight: try number16(), port: try number16(), try name())
        case .soa:
            return .authority(
                ZoneAuthority(
                    server: try name(), mailbox: try name(), serial: try number32(), refresh: try number32(),
                    retry: try number32(), expire: try number32(), minimum: try number32()))
        case .txt:
            var strings: [[UInt8]] = []
            while offset < end {
                let length = Int(try number8())
                guard length <= end - offset else { throw error(.badRecord) }
                strings.append(try rest(until: offset + length))
            }
            return .text(strings)
        case _:
            return .other(try rest(until: end))
        }
    }

    /// Reads a name, following pointers; goes on after the first of them.
    private mutating func name() throws(MessageError) -> DNSName {
        var wire: [UInt8] = []
        var position = offset
        var earliest = offset
        var isRedirected = false
        while true {
            guard position < bytes.count else { throw error(.cutOff) }
            let length = bytes[position]
            switch length >> 6 {
            case 0:
                let next = position + 1 + Int(length)
                guard next <= bytes.count else { throw error(.cutOff) }
                wire.append(contentsOf: bytes[position..<next])
                guard wire.count <= DNSName.nameBytesMax else { throw error(.nameTooLong) }
                position = next
                if !isRedirected { offset = next }
                if length == 0 { return DNSName(uncheckedWire: wire) }
            case 3:
                guard position + 1 < bytes.count else { throw error(.cutOff) }
                let target = Int(length & 0x3f) << 8 | Int(bytes[position + 1])
                guard target < earliest else { throw error(.badPointer) }
                if !isRedirected { offset = position + 2 }
                isRedirected = true
                earliest = target
                position = target
            case _:
                throw error(.badLabel)
            }
        }
    }

    private mutating func rest(until end: Int) throws(MessageError) -> [UInt8] {
        guard offset <= end else { throw error(.badRecord) }
        defer { offset = end }
        return Array(bytes[offset..<end])
    }

    private mutating func number8() throws(MessageError) -> UInt8 {
        guard offset < bytes.count else { throw error(.cutOff) }
        defer { offset += 1 }
        return bytes[offset]
    }

    private mutating func number16() throws(MessageError) -> UInt16 {
        UInt16(try number8()) << 8 | UInt16(try number8())
    }

    private mutating func number32() throws(MessageError) -> UInt32 {
        UInt32(try number16()) << 16 | UInt32(try number16())
    }

    private func error(_ code: MessageError.Code) -> MessageError { MessageError(code: code, offset: offset) }
}
