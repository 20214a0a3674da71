internal import SwiftASN1
package import X509

/// Reads certificates from PEM and DER.
package enum CertificateReader {
    /// All certificates of a PEM text, other blocks skipped.
    package static func all(in pem: String) throws -> [Certificate] {
        do {
            return try PEMDocument.parseMultiple(pemString: pem)
                .filter { $0.discriminator == Certificate.defaultPEMDiscriminator }
                .map { try Certificate(derEncoded: $0.derBytes) }
        } catch {
            throw PKIError(.malformed, "no certificate: \(error)")
        }
    }

    /// The chain of a PEM text as TLS shows it: DER, in the order of the text.
    package static func derChain(in pem: String) throws -> [[UInt8]] {
        do {
            return try PEMDocument.parseMultiple(pemString: pem)
                .filter { $0.discriminator == Certificate.defaultPEMDiscriminator }
                .map(\.derBytes)
        } catch {
            throw PKIError(.malformed, "no certificate: \(error)")
        }
    }

    /// The first certificate of a PEM text.
    package static func first(in pem: String) throws -> Certificate {
        guard let certificate = try all(in: pem).first else {
            throw PKIError(.malformed, "no certificate in the PEM text")
        }
        return certificate
    }

    package static func der(_ bytes: [UInt8]) throws -> Certificate {
        do { return try Certificate(derEncoded: bytes) } catch {
            throw PKIError(.malformed, "no certificate: \(error)")
        }
    }
}

/// Reads private keys from PEM: SEC 1, PKCS #1 and PKCS #8.
enum PrivateKeyReader {
    static func read(_ pem: String) throws -> Certificate.PrivateKey {
        do { return try Certificate.PrivateKey(pemEncoded: pem) } catch {
            throw PKIError(.malformed, "no private key: \(error)")
        }
    }
}

extension DistinguishedName {
    /// The last common name, as Go's reader has it.
    package var commonName: String? { values(of: .RDNAttributeType.commonName).last }

    package var organizations: [String] { values(of: .RDNAttributeType.organizationName) }

    /// The UID that a certificate may carry for its user (upstream's own attribute).
    package var userUID: String? { values(of: [1, 3, 6, 1, 4, 1, 57683, 2]).last }

    private func values(of type: ASN1ObjectIdentifier) -> [String] {
        flatMap { $0 }.filter { $0.type == type }.compactMap { String($0.value) }
    }
}

extension Certificate {
    /// The DNS names and IP addresses that a server certificate is good for.
    package var alternativeNames: (dns: [String], ips: [String]) {
        // A certificate with unreadable names is good for none.
        let names = (try? extensions.subjectAlternativeNames) ?? SubjectAlternativeNames()
        var dns: [String] = []
        var ips: [String] = []
        for name in names {
            if case .dnsName(let text) = name { dns.append(text) }
            if case .ipAddress(let bytes) = name, let text = IPAddressBytes.text(bytes.bytes) { ips.append(text) }
        }
        return (dns, ips)
    }
}
