package import APIMachinery

/// One fact about a name.
package struct ResourceRecord: Hashable, Sendable {
    /// The class IN; others are carried through unread.
    package static let internet: UInt16 = 1

    package var name: DNSName
    package var type: RecordType
    package var recordClass: UInt16
    /// Seconds for which the fact may be believed.
    package var ttl: UInt32
    package var data: RecordData

    package init(
        _ name: DNSName, _ type: RecordType, ttl: UInt32, _ data: RecordData, recordClass: UInt16 = internet
    ) {
        self.name = name
        self.type = type
        self.recordClass = recordClass
        self.ttl = ttl
        self.data = data
    }

    /// An A or AAAA record.
    package static func address(_ name: DNSName, ttl: UInt32, _ address: IPAddress) -> ResourceRecord {
        ResourceRecord(name, address.family == .ipv4 ? .a : .aaaa, ttl: ttl, .address(address))
    }
}

/// The data of a record. Types that contain names are read, because names may be compressed.
package enum RecordData: Hashable, Sendable {
    case address(IPAddress)
    /// Of NS, CNAME, PTR and DNAME.
    case name(DNSName)
    case mail(preference: UInt16, DNSName)
    case service(priority: UInt16, weight: UInt16, port: UInt16, DNSName)
    /// Strings of at most 255 bytes.
    case text([[UInt8]])
    case authority(ZoneAuthority)
    case other([UInt8])
}

/// The data of an SOA record.
package struct ZoneAuthority: Hashable, Sendable {
    package var server: DNSName
    package var mailbox: DNSName
    package var serial: UInt32
    package var refresh: UInt32
    package var retry: UInt32
    package var expire: UInt32
    /// Seconds for which the absence of something may be believed.
    package var minimum: UInt32

    package init(
        server: DNSName, mailbox: DNSName, serial: UInt32, refresh: UInt32, retry: UInt32, expire: UInt32,
        minimum: UInt32
    ) {
        self.server = server
        self.mailbox = mailbox
        self.serial = serial
        self.refresh = refresh
        self.retry = retry
        self.expire = expire
        self.minimum = minimum
    }
}
