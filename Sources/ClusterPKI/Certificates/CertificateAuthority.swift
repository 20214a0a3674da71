internal import Crypto
package import Determinism
internal import SwiftASN1
package import X509

/// A certificate (followed by its intermediates, if any) and its private key, both PEM.
package struct PEMPair: Sendable, Hashable {
    package var certificate: String
    package var key: String

    package init(certificate: String, key: String) {
        self.certificate = certificate
        self.key = key
    }
}

/// Signs certificates: the root that a cluster's parts trust.
package struct CertificateAuthority: Sendable {
    package let pem: PEMPair
    package let certificate: Certificate
    private let key: Certificate.PrivateKey

    /// Reads an authority; throws when either half is no PEM or they do not belong together.
    package init(_ pem: PEMPair) throws {
        self.pem = pem
        certificate = try CertificateReader.first(in: pem.certificate)
        key = try PrivateKeyReader.read(pem.key)
        guard key.publicKey == certificate.publicKey else {
            throw PKIError(.malformed, "the key does not belong to the authority's certificate")
        }
    }

    /// A new self-signed authority with an ECDSA P-256 key.
    package static func create(
        commonName: String, lifetime: Duration = CertificateLifetime.authority, now: Timestamp,
        random: any RandomSource
    ) throws -> CertificateAuthority {
        let key = try SigningKey.generate(random)
        return try selfSigned(
            commonName: commonName, key: key, keyPEM: key.pemRepresentation, lifetime: lifetime, now: now,
            random: random)
    }

    /// The same name and key with a later end, so that everything signed so far stays trusted.
    package func renewed(
        lifetime: Duration = CertificateLifetime.authority, now: Timestamp, random: any RandomSource
    ) throws -> CertificateAuthority {
        guard let key = try? P256.Signing.PrivateKey(pemRepresentation: pem.key) else {
            // Anything but our own kind of key was brought by an administrator, who renews it, too.
            return self
        }
        return try Self.selfSigned(
            commonName: certificate.subject.commonName ?? "kubernetes", key: key, keyPEM: pem.key,
            lifetime: lifetime, now: now, random: random)
    }

    /// Makes a key and signs a certificate for it.
    package func issue(_ profile: CertificateProfile, now: Timestamp, random: any RandomSource) throws -> PEMPair {
        let key = try SigningKey.generate(random)
        let leaf = try sign(Certificate.PublicKey(key.publicKey), profile, now: now, random: random)
        return PEMPair(certificate: leaf, key: key.pemRepresentation)
    }

    /// Signs a certificate for somebody else's key; PEM.
    package func sign(
        _ publicKey: Certificate.PublicKey, _ profile: CertificateProfile, now: Timestamp, random: any RandomSource
    ) throws -> String {
        let usages = profile.usages.sorted { $0 == .server && $1 == .client }
        let names = try profile.alternativeNames()
        let extensions = try Certificate.Extensions {
            Critical(KeyUsage(digitalSignature: true, keyEncipherment: true))
            try ExtendedKeyUsage(usages.map { $0 == .server ? .serverAuth : .clientAuth })
            Critical(BasicConstraints.notCertificateAuthority)
            AuthorityKeyIdentifier(keyIdentifier: SubjectKeyIdentifier(hash: certificate.publicKey).keyIdentifier)
            if !names.isEmpty { SubjectAlternativeNames(names) }
        }
        let start = now - CertificateLifetime.clockSkew
        let leaf = try Certificate(
            version: .v3, serialNumber: .random(random), publicKey: publicKey, notValidBefore: start.date,
            notValidAfter: min(now + profile.lifetime, certificate.validUntil).date, issuer: certificate.subject,
            subject: try profile.subject(), extensions: extensions, issuerPrivateKey: key)
        return try leaf.serializeAsPEM().pemString + "\n"
    }

    private static func selfSigned(
        commonName: String, key: P256.Signing.PrivateKey, keyPEM: String, lifetime: Duration, now: Timestamp,
        random: any RandomSource
    ) throws -> CertificateAuthority {
        let name = try DistinguishedName([.init(type: .RDNAttributeType.commonName, utf8String: commonName)])
        let publicKey = Certificate.PublicKey(key.publicKey)
        let extensions = try Certificate.Extensions {
            Critical(KeyUsage(digitalSignature: true, keyEncipherment: true, keyCertSign: true))
            Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
            SubjectKeyIdentifier(hash: publicKey)
        }
        let certificate = try Certificate(
            version: .v3, serialNumber: .random(random), publicKey: publicKey,
            notValidBefore: (now - CertificateLifetime.clockSkew).date, notValidAfter: (now + lifetime).date,
            issuer: name, subject: name, extensions: extensions, issuerPrivateKey: Certificate.PrivateKey(key))
        return try CertificateAuthority(
            PEMPair(certificate: try certificate.serializeAsPEM().pemString + "\n", key: keyPEM))
    }
}

/// Makes ECDSA P-256 keys from the cluster's own source of chance.
enum SigningKey {
    /// All but one in 2^32 draws are good; more failures than this mean a broken source.
    private static let triesMax = 8

    static func generate(_ random: any RandomSource) throws -> P256.Signing.PrivateKey {
        for _ in 0..<triesMax {
            // A number that is no scalar of the curve is thrown away and another is drawn.
            if let key = try? P256.Signing.PrivateKey(rawRepresentation: random.bytes(32)) { return key }
        }
        throw PKIError(.cryptography, "the source of randomness gives no usable key")
    }
}

extension Certificate.SerialNumber {
    /// 128 random bits, positive and never zero.
    static func random(_ random: any RandomSource) -> Certificate.SerialNumber {
        var bytes = random.bytes(16)
        bytes[0] = bytes[0] & 0x7f | 0x40
        return Certificate.SerialNumber(bytes: bytes)
    }
}
