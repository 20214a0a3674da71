import APIMachinery
import ClusterDNS
import Determinism
import Testing

@Suite("messages")
struct CodecTests {
    static func sample() throws -> DNSMessage {
        var message = DNSMessage(id: 0xbeef)
        message.isResponse = true
        message.recursionDesired = true
        message.code = .nameError
        let web = try name("web.shop.svc.cluster.local")
        let zone = try name("cluster.local")
        message.questions = [DNSQuestion(web, .any)]
        message.answers = [
            .address(web, ttl: 5, try address("10.0.0.1")), .address(web, ttl: 5, try address("fd00::1")),
            ResourceRecord(web, .cname, ttl: 5, .name(try name("other.cluster.local"))),
            ResourceRecord(web, .mx, ttl: 5, .mail(preference: 10, try name("mail.cluster.local"))),
            ResourceRecord(web, .srv, ttl: 5, .service(priority: 1, weight: 2, port: 3, web)),
            ResourceRecord(web, .txt, ttl: 5, .text([Array("one".utf8), []])),
            ResourceRecord(web, RecordType(65), ttl: 5, .other([1, 2, 3])),
        ]
        let authority = ZoneAuthority(
            server: try name("ns.cluster.local"), mailbox: zone, serial: 1, refresh: 2, retry: 3, expire: 4, minimum: 5)
        message.authorities = [ResourceRecord(zone, .soa, ttl: 5, .authority(authority))]
        message.extensions = DNSExtensions(datagramBytes: 1232, wantsSignatures: true)
        return message
    }

    @Test("a message comes back as it was, and names are compressed")
    func roundTrip() throws {
        let bytes = DNSWriter.write(try Self.sample())
        #expect(try DNSReader.read(bytes) == Self.sample())
        #expect(bytes.count < 300)
    }

    @Test("a query as dig sends it is read")
    func wire() throws {
        let header: [UInt8] = [0x12, 0x34, 0x01, 0x20, 0, 1, 0, 0, 0, 0, 0, 1]
        let question: [UInt8] = [7] + Array("eXample".utf8) + [3] + Array("com".utf8) + [0, 0, 1, 0, 1]
        let cookie: [UInt8] = [0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8]
        let message = try DNSReader.read(header + question + [0, 0, 41, 0x04, 0xd0, 0, 0, 0x80, 0, 0, 12] + cookie)
        #expect(message.id == 0x1234)
        #expect(message.recursionDesired && message.authenticData && !message.isResponse)
        #expect(message.questions == [DNSQuestion(try name("example.com"), .a)])
        #expect(message.questions[0].name.description == "eXample.com.")
        #expect(message.extensions == DNSExtensions(datagramBytes: 1232, wantsSignatures: true))
    }

    @Test("pointers must lead back, and names must end", arguments: [
        ([0xc0, 12], MessageError.Code.badPointer), ([0xc0, 14], .badPointer), ([1, 97, 0xc0, 12], .badPointer),
        ([0x40, 97, 0], .badLabel), ([63, 97], .cutOff), ([], .cutOff),
    ])
    func names(bytes: [UInt8], code: MessageError.Code) {
        let header: [UInt8] = [0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]
        #expect(performing: { try DNSReader.read(header + bytes) }, throws: { ($0 as? MessageError)?.code == code })
    }

    @Test("a name of 255 bytes is the longest")
    func longNames() {
        let label = String(repeating: "a", count: 63)
        #expect(DNSName(labels: [label, label, label, String(label.prefix(61))]) != nil)
        #expect(DNSName(labels: [label, label, label, String(label.prefix(62))]) == nil)
        #expect(DNSName(labels: [label + "a"]) == nil)
        for text in ["", ".a", "a..b", ".."] { #expect(DNSName(text) == nil) }
    }

    @Test("what does not fit is left out, and the message says so")
    func truncation() throws {
        var message = DNSMessage(id: 1)
        let web = try name("web.cluster.local")
        message.questions = [DNSQuestion(web, .a)]
        message.answers = (0..<100).map { .address(web, ttl: 5, IPAddress(ipv4: UInt32($0))) }
        message.extensions = DNSExtensions(datagramBytes: 512)
        let bytes = DNSWriter.write(message, limit: 512)
        #expect(bytes.count <= 512)
        let read = try DNSReader.read(bytes)
        #expect(read.isTruncated)
        #expect(read.extensions != nil)
        #expect(read.answers == Array(message.answers.prefix(read.answers.count)))
        #expect(read.answers.count > 25)
    }

    @Test("no bytes make the reader trap, and what it reads it can write", arguments: 0..<20)
    func randomBytes(seed: Int) throws {
        let random = SeededRandomSource(seed: UInt64(seed))
        let sample = DNSWriter.write(try Self.sample())
        var readable = 0
        for _ in 0..<500 {
            var bytes = random.below(4) == 0 ? random.bytes(random.below(200)) : sample
            for _ in 0..<random.below(6) where !bytes.isEmpty {
                bytes[random.below(bytes.count)] = UInt8(random.below(256))
            }
            if random.below(4) == 0 { bytes = Array(bytes.prefix(random.below(bytes.count + 1))) }
            _ = QueryIntake(bytes)
            // Loss is fine: most of these bytes are no message.
            guard let message = try? DNSReader.read(bytes) else { continue }
            readable += 1
            let again = DNSWriter.write(message)
            #expect(again.count <= DNSMessage.bytesMax)
            if !message.isTruncated { #expect(try DNSReader.read(again).answers == message.answers) }
        }
        #expect(readable > 0)
    }
}

@Suite("the intake of queries")
struct QueryIntakeTests {
    func query(_ change: (inout DNSMessage) -> Void = { _ in }) throws -> [UInt8] {
        var query = DNSMessage(id: 7)
        query.questions = [DNSQuestion(try name("a.b"), .a)]
        change(&query)
        return DNSWriter.write(query)
    }

    func code(_ bytes: [UInt8]) -> ResponseCode? {
        if case .refused(let message) = QueryIntake(bytes), message.id == 7, message.isResponse { return message.code }
        return nil
    }

    @Test("what is no proper question is refused with the right code, and responses are ignored")
    func refusals() throws {
        #expect(QueryIntake(try query { $0.isResponse = true }) == .ignored)
        #expect(QueryIntake([0, 7, 0]) == .ignored)
        #expect(code(try query { $0.opcode = 4 }) == .notImplemented)
        #expect(code(try query { $0.extensions = DNSExtensions(datagramBytes: 512, version: 1) }) == .badVersion)
        #expect(code(try query { $0.questions = [] }) == .formatError)
        #expect(code(try query { $0.questions += $0.questions }) == .formatError)
        #expect(code(try query { $0.questions[0].questionClass = 3 }) == .refused)
        #expect(code(try query { $0.questions[0].type = .axfr }) == .refused)
        #expect(code(Array(try query().dropLast())) == .formatError)
        #expect(QueryIntake(try query()) == .asked(try DNSReader.read(try query()), DNSQuestion(try name("a.b"), .a)))
    }

    @Test("resolv.conf names the servers, without ourselves")
    func resolvConf() throws {
        let text = """
            # by hand
            search a b
            nameserver 10.0.0.1
            nameserver  fe80::1%eth0
            nameserver 127.0.0.1
            nameserver x
            """
        let settings = ResolverSettings(resolvConf: text, own: [try address("127.0.0.1")])
        #expect(settings.servers.map(\.description) == ["10.0.0.1", "fe80::1"])
    }
}
