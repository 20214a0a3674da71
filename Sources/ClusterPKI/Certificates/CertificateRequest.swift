internal import Crypto
package import Determinism
internal import SwiftASN1
internal import X509

/// A certificate signing request: what a node or person sends to get a certificate.
package struct CertificateRequest: Sendable {
    package let commonName: String
    package let organizations: [String]
    package let dnsNames: [String]
    package let ipAddresses: [String]
    /// Names of other kinds (mail addresses, URIs), which our signers refuse.
    package let hasOtherNames: Bool
    private let request: CertificateSigningRequest

    /// Reads PEM and checks that the requester holds the key.
    package init(pem: String) throws {
        do { request = try CertificateSigningRequest(pemEncoded: pem) } catch {
            throw PKIError(.malformed, "no certificate signing request: \(error)")
        }
        guard request.publicKey.isValidSignature(request.signature, for: request) else {
            throw PKIError(.malformed, "the certificate signing request is not signed by its own key")
        }
        commonName = request.subject.commonName ?? ""
        organizations = request.subject.organizations
        var dns: [String] = []
        var ips: [String] = []
        var hasOthers = false
        let extensions = try request.attributes.extensionRequest?.extensions ?? Certificate.Extensions()
        for name in try extensions.subjectAlternativeNames ?? SubjectAlternativeNames() {
            if case .dnsName(let text) = name {
                dns.append(text)
            } else if case .ipAddress(let bytes) = name, let text = IPAddressBytes.text(bytes.bytes) {
                ips.append(text)
            } else {
                hasOthers = true
            }
        }
        dnsNames = dns
        ipAddresses = ips
        hasOtherNames = hasOthers
    }

    /// A new key and the request for its certificate; PEM.
    package static func create(
        _ profile: CertificateProfile, random: any RandomSource
    ) throws -> (request: String, key: String) {
        let key = try SigningKey.generate(random)
        let names = try profile.alternativeNames()
        var attributes: [CertificateSigningRequest.Attribute] = []
        if !names.isEmpty {
            let extensions = try Certificate.Extensions { SubjectAlternativeNames(names) }
            attributes.append(try .init(ExtensionRequest(extensions: extensions)))
        }
        let request = try CertificateSigningRequest(
            version: .v1, subject: try profile.subject(), privateKey: Certificate.PrivateKey(key),
            attributes: CertificateSigningRequest.Attributes(attributes), signatureAlgorithm: .ecdsaWithSHA256)
        return (try request.serializeAsPEM().pemString + "\n", key.pemRepresentation)
    }

    /// Signs what was asked for, for the usages that the signer allows; PEM.
    package func signed(
        by authority: CertificateAuthority, usages: Set<CertificateProfile.Usage>, lifetime: Duration,
        now: Timestamp, random: any RandomSource
    ) throws -> String {
        let profile = CertificateProfile(
            commonName: commonName, organizations: organizations, usages: usages, dnsNames: dnsNames,
            ipAddresses: ipAddresses, lifetime: lifetime)
        return try authority.sign(request.publicKey, profile, now: now, random: random)
    }
}
