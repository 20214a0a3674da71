internal import Determinism
internal import SwiftASN1
internal import X509

/// Whether a leaf leads to a trusted authority, decided without waiting and without a clock.
enum ClientCertificateChain {
    /// Leaf, intermediates and root together.
    static let lengthMax = 8

    /// The time in which every certificate of a chain is valid.
    struct Span: Equatable {
        var from: Timestamp
        var until: Timestamp
    }

    /// The rules of RFC 5280 that matter for client certificates: signatures up to a trusted root, validity of all,
    /// issuers that may issue, usage for clients, and no critical extension that we do not know.
    static func verify(
        _ chain: [Certificate], authorities: [Certificate], now: Timestamp
    ) throws(ClientCertificateRejection) -> Span {
        let leaf = chain[0]
        try checkOne(leaf, now: now)
        guard isForClients(leaf) else {
            throw ClientCertificateRejection(reason: "x509: certificate specifies an incompatible key usage")
        }
        var current = leaf
        var span = Span(from: leaf.validFrom, until: leaf.validUntil)
        var intermediates = Array(chain.dropFirst())
        for _ in 0..<lengthMax {
            if let root = authorities.first(where: { issued($0, current) }) {
                try checkOne(root, now: now)
                return Span(from: max(span.from, root.validFrom), until: min(span.until, root.validUntil))
            }
            guard let index = intermediates.firstIndex(where: { issued($0, current) }) else { break }
            current = intermediates.remove(at: index)
            try checkOne(current, now: now)
            guard isForClients(current) else {
                throw ClientCertificateRejection(reason: "x509: certificate specifies an incompatible key usage")
            }
            span = Span(from: max(span.from, current.validFrom), until: min(span.until, current.validUntil))
        }
        throw ClientCertificateRejection(reason: "x509: certificate signed by unknown authority")
    }

    private static func issued(_ issuer: Certificate, _ certificate: Certificate) -> Bool {
        issuer.subject == certificate.issuer && mayIssue(issuer)
            && issuer.publicKey.isValidSignature(certificate.signature, for: certificate)
    }

    private static func mayIssue(_ certificate: Certificate) -> Bool {
        // An extension that cannot be read gives no permission.
        guard let constraints = try? certificate.extensions.basicConstraints,
            case .isCertificateAuthority = constraints
        else { return false }
        guard certificate.extensions[oid: .X509ExtensionID.keyUsage] != nil else { return true }
        return (try? certificate.extensions.keyUsage)?.keyCertSign == true
    }

    /// No extended usage at all means any usage, as in Go.
    private static func isForClients(_ certificate: Certificate) -> Bool {
        guard certificate.extensions[oid: .X509ExtensionID.extendedKeyUsage] != nil else { return true }
        // An extension that cannot be read gives no permission.
        guard let usages = try? certificate.extensions.extendedKeyUsage else { return false }
        return usages.contains(.clientAuth) || usages.contains(.any)
    }

    private static let knownExtensions: Set<ASN1ObjectIdentifier> = [
        .X509ExtensionID.basicConstraints, .X509ExtensionID.keyUsage, .X509ExtensionID.extendedKeyUsage,
        .X509ExtensionID.subjectAlternativeName, .X509ExtensionID.subjectKeyIdentifier,
        .X509ExtensionID.authorityKeyIdentifier,
    ]

    private static func checkOne(_ certificate: Certificate, now: Timestamp) throws(ClientCertificateRejection) {
        if now < certificate.validFrom {
            throw expired("current time \(now.rfc3339) is before \(certificate.validFrom.rfc3339)")
        }
        if now > certificate.validUntil {
            throw expired("current time \(now.rfc3339) is after \(certificate.validUntil.rfc3339)")
        }
        for item in certificate.extensions where item.critical && !knownExtensions.contains(item.oid) {
            throw ClientCertificateRejection(reason: "x509: unhandled critical extension")
        }
    }

    private static func expired(_ detail: String) -> ClientCertificateRejection {
        ClientCertificateRejection(reason: "x509: certificate has expired or is not yet valid: " + detail)
    }
}
