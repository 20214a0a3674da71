internal import APIMachinery

/// Writes messages, with compressed names, into a limited space.
package struct DNSWriter {
    /// Pointers have 14 bits.
    private static let pointerMax = 0x3fff

    private var bytes: [UInt8] = []
    /// Where a name, or the end of one, was written before.
    private var written: [ArraySlice<UInt8>: Int] = [:]
    private let limit: Int

    /// Writes `message` into at most `limit` bytes. Answers and authorities that do not fit set the
    /// bit TC, so that the client asks again over TCP; additionals are left out silently.
    package static func write(_ message: DNSMessage, limit: Int = DNSMessage.bytesMax) -> [UInt8] {
        var writer = DNSWriter(limit: limit)
        writer.message(message)
        return writer.bytes
    }

    private init(limit: Int) {
        self.limit = limit
        bytes.reserveCapacity(min(limit, DNSMessage.plainDatagramBytes))
    }

    private mutating func message(_ message: DNSMessage) {
        number16(message.id)
        number16(0)
        for _ in 0..<4 { number16(0) }
        for question in message.questions {
            name(question.name)
            number16(question.type.number)
            number16(question.questionClass)
        }
        let reserved = message.extensions == nil ? 0 : Self.extensionsSize
        let answers = fit(message.answers, reserved)
        var isWhole = answers == message.answers.count
        let authorities = isWhole ? fit(message.authorities, reserved) : 0
        isWhole = isWhole && authorities == message.authorities.count
        var additionals = isWhole ? fit(message.additionals, reserved) : 0
        if let extensions = message.extensions {
            self.extensions(extensions, message.code)
            additionals += 1
        }
        set16(flags(of: message, isTruncated: message.isTruncated || !isWhole), at: 2)
        set16(UInt16(message.questions.count), at: 4)
        set16(UInt16(answers), at: 6)
        set16(UInt16(authorities), at: 8)
        set16(UInt16(additionals), at: 10)
    }

    /// Writes as many records as fit and returns how many those are.
    private mutating func fit(_ records: [ResourceRecord], _ reserved: Int) -> Int {
        for (index, record) in records.enumerated() {
            let before = bytes.count
            self.record(record)
            guard bytes.count + reserved > limit else { continue }
            bytes.removeSubrange(before...)
            written = written.filter { $0.value < before }
            return index
        }
        return records.count
    }

    private mutating func record(_ record: ResourceRecord) {
        name(record.name)
        number16(record.type.number)
        number16(record.recordClass)
        number32(record.ttl)
        let start = bytes.count
        number16(0)
        data(record.data)
        set16(UInt16(bytes.count - start - 2), at: start)
    }

    private mutating func data(_ data: RecordData) {
        switch data {
        case .address(let address): bytes += address.bytes
        case .name(let target): name(target)
        case .mail(let preference, let target):
            number16(preference)
            name(target)
        case .service(let priority, let weight, let port, let target):
            number16(priority)
            number16(weight)
            number16(port)
            // RFC 2782: the target is not compressed.
            bytes += target.wire
        case .text(let strings):
            for string in strings {
                bytes.append(UInt8(truncatingIfNeeded: string.count))
                bytes += string
            }
        case .authority(let zone):
            name(zone.server)
            name(zone.mailbox)
            for number in [zone.serial, zone.refresh, zone.retry, zone.expire, zone.minimum] { number32(number) }
        case .other(let raw): bytes += raw
        }
    }

    /// Writes the labels that are new and points to the rest.
    private mutating func name(_ name: DNSName) {
        var index = 0
        while name.wire[index] != 0 {
            let rest = name.wire[index...]
            if let known = written[rest] {
                number16(0xc000 | UInt16(known))
                return
            }
            if bytes.count <= Self.pointerMax { written[rest] = bytes.count }
            let next = index + 1 + Int(name.wire[index])
            bytes += name.wire[index..<next]
            index = next
        }
        bytes.append(0)
    }

    private static let extensionsSize = 11

    private mutating func extensions(_ extensions: DNSExtensions, _ code: ResponseCode) {
        bytes.append(0)
        number16(RecordType.opt.number)
        number16(extensions.datagramBytes)
        bytes.append(UInt8(truncatingIfNeeded: code.number >> 4))
        bytes.append(extensions.version)
        number16(extensions.wantsSignatures ? 0x8000 : 0)
        number16(0)
    }

    private func flags(of message: DNSMessage, isTruncated: Bool) -> UInt16 {
        var flags = UInt16(message.opcode & 0xf) << 11 | message.code.number & 0xf
        if message.isResponse { flags |= 0x8000 }
        if message.isAuthoritative { flags |= 0x0400 }
        if isTruncated { flags |= 0x0200 }
        if message.recursionDesired { flags |= 0x0100 }
        if message.recursionAvailable { flags |= 0x0080 }
        if message.authenticData { flags |= 0x0020 }
        if message.checkingDisabled { flags |= 0x0010 }
        return flags
    }

    private mutating func number16(_ number: UInt16) {
        bytes.append(UInt8(number >> 8))
        bytes.append(UInt8(truncatingIfNeeded: number))
    }

    private mutating func number32(_ number: UInt32) {
        number16(UInt16(number >> 16))
        number16(UInt16(truncatingIfNeeded: number))
    }

    private mutating func set16(_ number: UInt16, at index: Int) {
        bytes[index] = UInt8(number >> 8)
        bytes[index + 1] = UInt8(truncatingIfNeeded: number)
    }
}
