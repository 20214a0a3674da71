internal import Glibc
internal import SwiftASN1
internal import X509

/// What a certificate is to say, before anybody has signed it.
package struct CertificateProfile: Sendable, Equatable {
    package enum Usage: Sendable, Hashable, CaseIterable { case server, client }

    /// Whom the API server takes the bearer for.
    package var commonName: String
    /// The bearer's groups.
    package var organizations: [String]
    package var usages: Set<Usage>
    package var dnsNames: [String]
    /// IPv4 and IPv6 addresses as text.
    package var ipAddresses: [String]
    package var lifetime: Duration

    package init(
        commonName: String, organizations: [String] = [], usages: Set<Usage>, dnsNames: [String] = [],
        ipAddresses: [String] = [], lifetime: Duration = CertificateLifetime.leaf
    ) {
        self.commonName = commonName
        self.organizations = organizations
        self.usages = usages
        self.dnsNames = dnsNames
        self.ipAddresses = ipAddresses
        self.lifetime = lifetime
    }
}

/// How long certificates live, and when they are replaced.
package enum CertificateLifetime {
    /// Ten years, as kubeadm gives its authorities.
    package static let authority = Duration.seconds(3650 * 86_400)
    /// A year, as kubeadm gives what its authorities sign.
    package static let leaf = Duration.seconds(365 * 86_400)
    /// Certificates begin a little in the past, for machines whose clocks are behind.
    package static let clockSkew = Duration.seconds(300)
    /// Replaced when less than one part in this many is left.
    package static let renewalFraction = 3
}

extension CertificateProfile {
    func subject() throws -> DistinguishedName {
        var attributes = organizations.map { organization in
            RelativeDistinguishedName.Attribute(type: .RDNAttributeType.organizationName, utf8String: organization)
        }
        attributes.append(.init(type: .RDNAttributeType.commonName, utf8String: commonName))
        return try DistinguishedName(attributes)
    }

    func alternativeNames() throws -> [GeneralName] {
        try dnsNames.map { .dnsName($0) }
            + ipAddresses.map { .ipAddress(ASN1OctetString(contentBytes: try IPAddressBytes.parse($0)[...])) }
    }
}

/// An IP address as certificates carry it: 4 or 16 bytes in network order.
enum IPAddressBytes {
    static func parse(_ text: String) throws -> [UInt8] {
        var four = [UInt8](repeating: 0, count: 4)
        if inet_pton(AF_INET, text, &four) == 1 { return four }
        var sixteen = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET6, text, &sixteen) == 1 { return sixteen }
        throw PKIError(.invalidName, "\"\(text)\" is no IP address")
    }

    static func text(_ bytes: some Collection<UInt8>) -> String? {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard inet_ntop(bytes.count == 4 ? AF_INET : AF_INET6, Array(bytes), &buffer, socklen_t(buffer.count)) != nil
        else { return nil }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
