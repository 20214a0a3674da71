internal import Determinism
internal import X509

/// One folder of keys and certificates: `NAME.crt` beside `NAME.key`.
struct CredentialFolder {
    let path: String
    let now: Timestamp
    let random: any RandomSource

    /// Loads or creates an authority; one near its end is signed anew with its own key.
    func authority(_ name: String, commonName: String) throws -> CertificateAuthority {
        guard let pem = try read(name) else {
            let authority = try CertificateAuthority.create(commonName: commonName, now: now, random: random)
            try write(authority.pem, name)
            return authority
        }
        let authority = try CertificateAuthority(pem)
        guard CertificateRenewalPlan.isDue(authority.certificate, now: now) else { return authority }
        let renewed = try authority.renewed(now: now, random: random)
        try write(renewed.pem, name)
        return renewed
    }

    /// Loads a certificate that is still as it should be, or issues a new one.
    func pair(
        _ name: String, _ profile: CertificateProfile, signedBy authority: CertificateAuthority
    ) throws -> PEMPair {
        if let pem = try read(name) {
            let existing = try CertificateReader.first(in: pem.certificate)
            let decision = CertificateRenewalPlan.decide(
                existing: existing, profile: profile, authority: authority.certificate, now: now)
            if decision == .keep, try PrivateKeyReader.read(pem.key).publicKey == existing.publicKey { return pem }
        }
        let pem = try authority.issue(profile, now: now, random: random)
        try write(pem, name)
        return pem
    }

    func tokenKey(_ name: String) throws -> TokenSigningKey {
        if let pem = try SecretFile.readText(file(name, "key")) { return try TokenSigningKey(pem: pem) }
        let key = try TokenSigningKey.generate(random)
        try SecretFile.write(key.pem, to: file(name, "key"))
        try SecretFile.write(key.verificationKey.pem, to: file(name, "pub"))
        return key
    }

    private func read(_ name: String) throws -> PEMPair? {
        guard let certificate = try SecretFile.readText(file(name, "crt")),
            let key = try SecretFile.readText(file(name, "key"))
        else { return nil }
        return PEMPair(certificate: certificate, key: key)
    }

    /// The key goes first: a certificate without its key would look complete to nobody.
    private func write(_ pem: PEMPair, _ name: String) throws {
        try SecretFile.write(pem.key, to: file(name, "key"))
        try SecretFile.write(pem.certificate, to: file(name, "crt"))
    }

    private func file(_ name: String, _ suffix: String) -> String { "\(path)/\(name).\(suffix)" }
}
