internal import Crypto
internal import _CryptoExtras
package import Determinism

/// The private key that signs service-account tokens: ES256 for keys of ours, RS256 for RSA keys brought along.
package struct TokenSigningKey: Sendable {
    private enum Backing: Sendable {
        case p256(P256.Signing.PrivateKey)
        case rsa(_RSA.Signing.PrivateKey)
    }

    package let pem: String
    package let verificationKey: TokenVerificationKey
    private let backing: Backing

    /// Reads SEC 1, PKCS #1 or PKCS #8.
    package init(pem: String) throws {
        self.pem = pem
        // The two kinds are told apart by trying; what is neither is an error.
        if let key = try? P256.Signing.PrivateKey(pemRepresentation: pem) {
            backing = .p256(key)
            verificationKey = try TokenVerificationKey(pem: key.publicKey.pemRepresentation)
        } else if let key = try? _RSA.Signing.PrivateKey(pemRepresentation: pem) {
            backing = .rsa(key)
            verificationKey = try TokenVerificationKey(pem: key.publicKey.pemRepresentation)
        } else {
            throw PKIError(.malformed, "the service-account key is neither an ECDSA P-256 nor an RSA key")
        }
    }

    package static func generate(_ random: any RandomSource) throws -> TokenSigningKey {
        try TokenSigningKey(pem: try SigningKey.generate(random).pemRepresentation)
    }

    func sign(_ bytes: [UInt8]) throws -> [UInt8] {
        switch backing {
        case .p256(let key): Array(try key.signature(for: bytes).rawRepresentation)
        case .rsa(let key): Array(try key.signature(for: bytes, padding: .insecurePKCS1v1_5).rawRepresentation)
        }
    }
}

/// A public key that service-account tokens are checked with.
package struct TokenVerificationKey: Sendable {
    private enum Backing: Sendable {
        case p256(P256.Signing.PublicKey)
        case rsa(_RSA.Signing.PublicKey)
    }

    package let pem: String
    /// Upstream's key id: the URL form of the SHA-256 of the key's DER.
    package let id: String
    private let backing: Backing

    package init(pem: String) throws {
        self.pem = pem
        let der: [UInt8]
        // The two kinds are told apart by trying; what is neither is an error.
        if let key = try? P256.Signing.PublicKey(pemRepresentation: pem) {
            backing = .p256(key)
            der = Array(key.derRepresentation)
        } else if let key = try? _RSA.Signing.PublicKey(pemRepresentation: pem) {
            backing = .rsa(key)
            der = Array(key.derRepresentation)
        } else {
            throw PKIError(.malformed, "the service-account key is neither an ECDSA P-256 nor an RSA key")
        }
        id = Base64URL.encode(SHA256.hash(data: der))
    }

    /// The JOSE name of the signature algorithm.
    package var algorithm: String {
        switch backing {
        case .p256: "ES256"
        case .rsa: "RS256"
        }
    }

    func isValid(_ signature: [UInt8], for bytes: [UInt8]) -> Bool {
        switch backing {
        case .p256(let key):
            // A signature of the wrong length is a wrong signature.
            guard let signature = try? P256.Signing.ECDSASignature(rawRepresentation: signature) else { return false }
            return key.isValidSignature(signature, for: bytes)
        case .rsa(let key):
            let signature = _RSA.Signing.RSASignature(rawRepresentation: signature)
            return key.isValidSignature(signature, for: bytes, padding: .insecurePKCS1v1_5)
        }
    }

    /// The key's numbers under their JOSE names, in the order upstream writes them.
    func parameters() throws -> [(name: String, value: String)] {
        switch backing {
        case .p256(let key):
            let point = Array(key.rawRepresentation)
            return [("x", Base64URL.encode(point[..<32])), ("y", Base64URL.encode(point[32...]))]
        case .rsa(let key):
            let numbers = try key.getKeyPrimitives()
            return [("n", Base64URL.encode(numbers.modulus)), ("e", Base64URL.encode(numbers.publicExponent))]
        }
    }

    var keyType: String {
        switch backing {
        case .p256: "EC"
        case .rsa: "RSA"
        }
    }
}
