import ClusterPKI
import Determinism
import SwiftASN1
import Testing
import X509

@Suite("Who shows a client certificate")
struct ClientCertificateVerifierTests {
    private let random = SeededRandomSource(seed: 1)
    private let time = ManualTimekeeper()
    private let authority: CertificateAuthority

    init() throws { authority = try .create(commonName: "kubernetes", now: .testEpoch, random: random) }

    private func der(_ pem: PEMPair) throws -> [[UInt8]] {
        try PEMDocument.parseMultiple(pemString: pem.certificate).map(\.derBytes)
    }

    private func verifier() throws -> ClientCertificateVerifier {
        try ClientCertificateVerifier(authorities: authority.pem.certificate, time: time)
    }

    @Test func theCommonNameIsTheUserAndTheOrganizationsAreTheGroups() throws {
        let profile = CertificateProfile(
            commonName: "system:node:a", organizations: ["system:nodes", "b"], usages: [.client])
        let pem = try authority.issue(profile, now: time.now, random: random)
        let identity = try verifier().verify(der(pem)).get()
        #expect(identity.userName == "system:node:a")
        #expect(identity.groups == ["system:nodes", "b"])
        #expect(identity.serialNumber.count == 32)
        #expect(identity.fingerprint.count == 64)
    }

    @Test func aForeignAuthorityIsNotBelieved() throws {
        // The same name, another key.
        let other = try CertificateAuthority.create(commonName: "kubernetes", now: time.now, random: random)
        let profile = CertificateProfile(commonName: "admin", organizations: ["system:masters"], usages: [.client])
        let pem = try other.issue(profile, now: time.now, random: random)
        let result = try verifier().verify(der(pem))
        #expect(result == .failure(.init(reason: "x509: certificate signed by unknown authority")))
        // Nor does it help to send the foreign authority along.
        let long = try verifier().verify(der(pem) + der(other.pem))
        #expect(long == .failure(.init(reason: "x509: certificate signed by unknown authority")))
    }

    @Test func aRememberedCertificateStillExpires() throws {
        let profile = CertificateProfile(commonName: "a", usages: [.client], lifetime: .seconds(60))
        let pem = try authority.issue(profile, now: time.now, random: random)
        let verifier = try verifier()
        _ = try verifier.verify(der(pem)).get()
        time.advance(by: .seconds(61))
        let reason = "x509: certificate has expired or is not yet valid: "
            + "current time 2026-01-01T00:01:01Z is after 2026-01-01T00:01:00Z"
        #expect(try verifier.verify(der(pem)) == .failure(.init(reason: reason)))
    }

    @Test func aServerCertificateIsNoClientCertificate() throws {
        let pem = try authority.issue(
            CertificateProfile(commonName: "a", usages: [.server]), now: time.now, random: random)
        #expect(
            try verifier().verify(der(pem))
                == .failure(.init(reason: "x509: certificate specifies an incompatible key usage")))
    }

    @Test func aLeafMayNotSignOthers() throws {
        let leaf = try authority.issue(
            CertificateProfile(commonName: "a", usages: [.client]), now: time.now, random: random)
        let rogue = try CertificateAuthority(leaf)
        let pem = try rogue.issue(
            CertificateProfile(commonName: "admin", usages: [.client]), now: time.now, random: random)
        #expect(
            try verifier().verify(der(pem) + der(leaf))
                == .failure(.init(reason: "x509: certificate signed by unknown authority")))
    }

    @Test func bytesThatAreNoCertificateAreRefused() throws {
        #expect(throws: ClientCertificateRejection.self) { try verifier().verify([[1, 2, 3]]).get() }
        #expect(throws: ClientCertificateRejection.self) { try verifier().verify([]).get() }
    }

    @Test func aRequestIsSignedForTheKeyThatMadeIt() throws {
        let profile = CertificateProfile(
            commonName: "system:node:a", organizations: ["system:nodes"], usages: [.server], dnsNames: ["a"],
            ipAddresses: ["10.0.0.1", "fd00::1"])
        let (pem, _) = try CertificateRequest.create(profile, random: random)
        let request = try CertificateRequest(pem: pem)
        #expect(request.commonName == "system:node:a")
        #expect(request.organizations == ["system:nodes"])
        #expect(request.dnsNames == ["a"])
        #expect(request.ipAddresses == ["10.0.0.1", "fd00::1"])
        let signed = try request.signed(
            by: authority, usages: [.client], lifetime: .seconds(60), now: time.now, random: random)
        let identity = try verifier().verify(der(PEMPair(certificate: signed, key: ""))).get()
        #expect(identity.userName == "system:node:a")
    }
}
