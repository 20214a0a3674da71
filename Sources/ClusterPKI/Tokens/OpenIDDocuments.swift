internal import APIMachinery

/// What lets others check our service-account tokens: `/openid/v1/jwks` and `/.well-known/openid-configuration`.
package enum OpenIDDocuments {
    package static let jwksPath = "/openid/v1/jwks"
    package static let discoveryPath = "/.well-known/openid-configuration"
    package static let jwksMediaType = "application/jwk-set+json"

    /// The public keys as a JSON web key set.
    package static func jwks(_ keys: [TokenVerificationKey]) throws -> [UInt8] {
        let texts = try keys.map { key -> String in
            var fields = [("use", "sig"), ("kty", key.keyType), ("kid", key.id)]
            if key.keyType == "EC" { fields.append(("crv", "P-256")) }
            fields.append(("alg", key.algorithm))
            fields += try key.parameters().map { ($0.name, $0.value) }
            // None of these values needs an escape: they are names and base64.
            return "{" + fields.map { "\"\($0.0)\":\"\($0.1)\"" }.joined(separator: ",") + "}"
        }
        return Array("{\"keys\":[\(texts.joined(separator: ","))]}".utf8)
    }

    /// The discovery document. `serverURL` is where clients reach this API server.
    package static func discovery(issuer: String, serverURL: String, keys: [TokenVerificationKey]) -> [UInt8] {
        let algorithms = Set(keys.map(\.algorithm)).sorted()
        let document: Value = [
            "issuer": .string(issuer), "jwks_uri": .string(serverURL + jwksPath),
            "response_types_supported": ["id_token"], "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": .array(algorithms.map { .string($0) }),
        ]
        return document.json
    }
}
