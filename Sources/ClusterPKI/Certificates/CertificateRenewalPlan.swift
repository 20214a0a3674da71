package import Determinism
package import X509

/// Whether a certificate on disk is still what it should be.
package enum CertificateRenewalPlan {
    package enum Decision: Sendable, Equatable {
        case keep
        case issue(reason: String)
    }

    package static func decide(
        existing: Certificate, profile: CertificateProfile, authority: Certificate, now: Timestamp
    ) -> Decision {
        guard authority.publicKey.isValidSignature(existing.signature, for: existing) else {
            return .issue(reason: "signed by another authority")
        }
        guard existing.subject.commonName == profile.commonName,
            existing.subject.organizations == profile.organizations
        else { return .issue(reason: "made for \(existing.subject)") }
        let names = existing.alternativeNames
        let missing = Set(profile.dnsNames).subtracting(names.dns).sorted()
        if let first = missing.first { return .issue(reason: "lacks the name \(first)") }
        // Two spellings of one address count as one; one that cannot be read is reported when it is issued.
        let wanted = profile.ipAddresses.map { (try? IPAddressBytes.parse($0)).flatMap(IPAddressBytes.text) ?? $0 }
        if let first = Set(wanted).subtracting(names.ips).min() { return .issue(reason: "lacks the address \(first)") }
        return isDue(existing, now: now) ? .issue(reason: "expires \(existing.validUntil.rfc3339)") : .keep
    }

    /// Less than a third of the life is left.
    package static func isDue(_ certificate: Certificate, now: Timestamp) -> Bool {
        let life = certificate.validUntil - certificate.validFrom
        return certificate.validUntil - now < life / CertificateLifetime.renewalFraction
    }
}
