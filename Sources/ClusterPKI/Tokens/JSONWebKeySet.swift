internal import APIMachinery
internal import Crypto
internal import _CryptoExtras

/// The public keys by which an issuer's tokens are known (RFC 7517), RSA and elliptic curves.
package struct JSONWebKeySet: Sendable {
    /// Keys that are kept of one set.
    package static let keysMax = 64

    /// JOSE names of the signatures that can be checked.
    package static let algorithms = [
        "ES256", "ES384", "ES512", "PS256", "PS384", "PS512", "RS256", "RS384", "RS512",
    ]

    private let keys: [(id: String, key: WebKey)]

    /// Reads a key set; keys of unknown kinds are left out. `nil` when the bytes are no key set.
    package init?(json: [UInt8]) {
        // What cannot be read is no key set; the caller says so.
        guard let value = try? Value(json: json), let entries = value["keys"]?.arrayValue else { return nil }
        keys = entries.prefix(Self.keysMax).compactMap { entry in
            guard entry["use"] == nil || entry["use"] == "sig" else { return nil }
            return WebKey(entry).map { (entry["kid"]?.stringValue ?? "", $0) }
        }
    }

    package var isEmpty: Bool { keys.isEmpty }

    /// Whether one of the keys signed the token: the one it names, or any if it names none.
    package func verifies(_ token: JSONWebToken) -> Bool {
        keys.contains { id, key in
            (token.keyID.isEmpty || token.keyID == id)
                && key.isValid(token.signature, for: token.signed, algorithm: token.algorithm)
        }
    }
}

private enum WebKey: Sendable {
    case rsa(_RSA.Signing.PublicKey)
    case p256(P256.Signing.PublicKey)
    case p384(P384.Signing.PublicKey)
    case p521(P521.Signing.PublicKey)

    init?(_ value: Value) {
        func number(_ name: String) -> [UInt8]? { value[name]?.stringValue.flatMap { Base64URL.decode($0.utf8) } }
        // A key that cannot be read is one that signed nothing.
        switch (value["kty"]?.stringValue, value["crv"]?.stringValue) {
        case ("RSA", _):
            guard let n = number("n"), let e = number("e"), let key = try? _RSA.Signing.PublicKey(n: n, e: e) else {
                return nil
            }
            self = .rsa(key)
        case ("EC", let curve):
            guard let x = number("x"), let y = number("y") else { return nil }
            let point = [4] + x + y
            switch curve {
            case "P-256":
                guard let key = try? P256.Signing.PublicKey(x963Representation: point) else { return nil }
                self = .p256(key)
            case "P-384":
                guard let key = try? P384.Signing.PublicKey(x963Representation: point) else { return nil }
                self = .p384(key)
            case "P-521":
                guard let key = try? P521.Signing.PublicKey(x963Representation: point) else { return nil }
                self = .p521(key)
            case _:
                return nil
            }
        case _:
            return nil
        }
    }

    func isValid(_ signature: [UInt8], for bytes: [UInt8], algorithm: String) -> Bool {
        // A signature of the wrong length is a wrong signature.
        switch (self, algorithm) {
        case (.p256(let key), "ES256"):
            guard let signature = try? P256.Signing.ECDSASignature(rawRepresentation: signature) else { return false }
            return key.isValidSignature(signature, for: SHA256.hash(data: bytes))
        case (.p384(let key), "ES384"):
            guard let signature = try? P384.Signing.ECDSASignature(rawRepresentation: signature) else { return false }
            return key.isValidSignature(signature, for: SHA384.hash(data: bytes))
        case (.p521(let key), "ES512"):
            guard let signature = try? P521.Signing.ECDSASignature(rawRepresentation: signature) else { return false }
            return key.isValidSignature(signature, for: SHA512.hash(data: bytes))
        case (.rsa(let key), _):
            let padding: _RSA.Signing.Padding = algorithm.hasPrefix("PS") ? .PSS : .insecurePKCS1v1_5
            let signature = _RSA.Signing.RSASignature(rawRepresentation: signature)
            func isValid(_ digest: some Digest) -> Bool {
                key.isValidSignature(signature, for: digest, padding: padding)
            }
            switch algorithm {
            case "RS256", "PS256": return isValid(SHA256.hash(data: bytes))
            case "RS384", "PS384": return isValid(SHA384.hash(data: bytes))
            case "RS512", "PS512": return isValid(SHA512.hash(data: bytes))
            case _: return false
            }
        case (_, _):
            return false
        }
    }
}
