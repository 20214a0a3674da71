import APIMachinery
import ClusterPKI
import Testing

/// Tokens of others, by the keys that they publish.
@Suite("JSON web keys")
struct JSONWebKeySetTests {
    @Test("every kind of signature is known, and no other token's", arguments: SignedTokens.tokens.indices)
    func signatures(_ index: Int) throws {
        let keys = try #require(JSONWebKeySet(json: Array(SignedTokens.keys.utf8)))
        let (algorithm, text) = SignedTokens.tokens[index]
        let token = try #require(JSONWebToken(text))
        #expect(token.algorithm == algorithm)
        #expect(token.claims["sub"] == "jane")
        #expect(keys.verifies(token))
        // Other claims under the same signature.
        let parts = text.split(separator: ".")
        let other = "eyJzdWIiOiJyb290In0"
        let forged = try #require(JSONWebToken("\(parts[0]).\(other).\(parts[2])"))
        #expect(!keys.verifies(forged))
    }

    @Test("a token without a signature is signed by nobody")
    func unsigned() throws {
        let keys = try #require(JSONWebKeySet(json: Array(SignedTokens.keys.utf8)))
        // {"alg":"none"} and {"sub":"root"}
        let token = try #require(JSONWebToken("eyJhbGciOiJub25lIn0.eyJzdWIiOiJyb290In0."))
        #expect(!keys.verifies(token))
        #expect(JSONWebToken("a.b") == nil)
        #expect(JSONWebToken(String(repeating: "a", count: JSONWebToken.sizeMax + 1)) == nil)
    }

    @Test("keys that cannot be read are left out, and what is no key set is none")
    func malformed() throws {
        let text =
            #"{"keys":[{"kty":"oct","k":"AA"},{"kty":"EC","crv":"P-256","x":"AA","y":"AA"},"#
            + #"{"kty":"RSA","n":"AQ","e":"AQ"}]}"#
        #expect(try #require(JSONWebKeySet(json: Array(text.utf8))).isEmpty)
        #expect(JSONWebKeySet(json: Array("[]".utf8)) == nil)
    }
}
