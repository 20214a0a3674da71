package import APIMachinery

/// A JSON web token in its compact form, taken apart and not yet believed.
package struct JSONWebToken: Sendable {
    /// The largest token that is looked at.
    package static let sizeMax = 64 << 10

    package let algorithm: String
    /// Empty when the token names no key.
    package let keyID: String
    package let claims: Value
    let signed: [UInt8]
    let signature: [UInt8]

    /// `nil` for what is no such token.
    package init?(_ text: String) {
        guard text.utf8.count <= Self.sizeMax else { return nil }
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3, let header = Self.json(parts[0]), let claims = Self.json(parts[1]),
            case .object = claims, let signature = Base64URL.decode(parts[2])
        else { return nil }
        algorithm = header["alg"]?.stringValue ?? ""
        keyID = header["kid"]?.stringValue ?? ""
        self.claims = claims
        self.signature = signature
        signed = Array(text.utf8.prefix(parts[0].count + 1 + parts[1].count))
    }

    private static func json(_ part: Substring.UTF8View) -> Value? {
        // What cannot be read is no token; why does not matter to anybody.
        Base64URL.decode(part).flatMap { try? Value(json: $0) }
    }
}
