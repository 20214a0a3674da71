internal import Crypto
package import Determinism
internal import Synchronization
internal import X509

/// Who a client certificate says its bearer is.
package struct ClientIdentity: Sendable, Equatable {
    package let userName: String
    package let groups: [String]
    /// Empty unless the certificate names one.
    package let uid: String
    /// Lower-case hexadecimal, for the audit log.
    package let serialNumber: String
    /// Lower-case hexadecimal SHA-256 of the certificate.
    package let fingerprint: String

    /// What the user's extra `authentication.kubernetes.io/credential-id` says.
    package var credentialID: String { "X509SHA256=" + fingerprint }
}

/// A client whose chain was good, and the span in which all its certificates are valid.
package struct VerifiedClient: Sendable {
    package let identity: ClientIdentity
    package let from: Timestamp
    package let until: Timestamp

    package func holds(at now: Timestamp) -> Bool { from <= now && now <= until }
}

/// Why a client certificate is not believed; the words are those of Go's verifier.
package struct ClientCertificateRejection: Error, Sendable, Equatable {
    package let reason: String

    package init(reason: String) { self.reason = reason }
}

/// Decides who shows a TLS client certificate. The handshake accepts any certificate; this is what refuses.
///
/// A leaf that was good is remembered by its hash with the time span in which its chain is valid, so that a hot
/// client costs one hash instead of two signature checks.
package final class ClientCertificateVerifier: Sendable {
    /// Clients whose certificates are remembered at a time.
    package static let cacheLimit = 4096

    private let authorities: [Certificate]
    private let time: any Timekeeper
    private let cache = Mutex(BoundedCache<[UInt8], VerifiedClient>(limit: cacheLimit))

    /// `authorities` is a PEM text with one or more certificates.
    package init(authorities: String, time: any Timekeeper) throws {
        self.authorities = try CertificateReader.all(in: authorities)
        self.time = time
    }

    /// The bearer's identity, from the chain as TLS delivers it: DER, leaf first.
    package func verify(_ chain: [[UInt8]]) -> Result<ClientIdentity, ClientCertificateRejection> {
        verifySpan(chain).map(\.identity)
    }

    /// The bearer's identity, and how long it may be taken for granted.
    package func verifySpan(_ chain: [[UInt8]]) -> Result<VerifiedClient, ClientCertificateRejection> {
        guard let leafBytes = chain.first else { return .failure(.init(reason: "x509: no certificate")) }
        let hash = Array(SHA256.hash(data: leafBytes))
        let now = time.now
        if let client = cache.withLock({ $0.find(hash) }), client.holds(at: now) { return .success(client) }
        do throws(ClientCertificateRejection) {
            let client = try check(chain, hash: hash, now: now)
            cache.withLock { $0.store(client, for: hash) }
            return .success(client)
        } catch {
            return .failure(error)
        }
    }

    private func check(
        _ chain: [[UInt8]], hash: [UInt8], now: Timestamp
    ) throws(ClientCertificateRejection) -> VerifiedClient {
        var certificates: [Certificate] = []
        for bytes in chain.prefix(ClientCertificateChain.lengthMax) {
            guard let certificate = try? CertificateReader.der(bytes) else {
                // What cannot be read cannot be believed; the details would only help an attacker.
                throw ClientCertificateRejection(reason: "x509: malformed certificate")
            }
            certificates.append(certificate)
        }
        let span = try ClientCertificateChain.verify(certificates, authorities: authorities, now: now)
        let leaf = certificates[0]
        guard let userName = leaf.subject.commonName, !userName.isEmpty else {
            throw ClientCertificateRejection(reason: "the certificate names no user")
        }
        let identity = ClientIdentity(
            userName: userName, groups: leaf.subject.organizations, uid: leaf.subject.userUID ?? "",
            serialNumber: Hexadecimal.text(leaf.serialNumber.bytes), fingerprint: Hexadecimal.text(hash))
        return VerifiedClient(identity: identity, from: span.from, until: span.until)
    }
}

/// Bytes as lower-case hexadecimal digits.
package enum Hexadecimal {
    private static let digits = Array("0123456789abcdef".utf8)

    package static func text(_ bytes: some Sequence<UInt8>) -> String {
        var text: [UInt8] = []
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}
