package import Determinism

/// What a machine shows to join: `abcdef.0123456789abcdef`, the public id and the secret half.
package struct BootstrapToken: Sendable, Equatable {
    package static let idLength = 6
    package static let secretLength = 16

    package let id: String
    package let secret: String

    /// Reads `ID.SECRET`; `nil` for anything else.
    package init?(_ text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].count == Self.idLength, parts[1].count == Self.secretLength,
            parts.allSatisfy({ $0.allSatisfy(Self.alphabet.contains) })
        else { return nil }
        id = String(decoding: parts[0], as: UTF8.self)
        secret = String(decoding: parts[1], as: UTF8.self)
    }

    private init(id: String, secret: String) {
        self.id = id
        self.secret = secret
    }

    package static func generate(_ random: any RandomSource) -> BootstrapToken {
        func draw(_ length: Int) -> String {
            String(decoding: (0..<length).map { _ in alphabet[random.below(alphabet.count)] }, as: UTF8.self)
        }
        return BootstrapToken(id: draw(idLength), secret: draw(secretLength))
    }

    package var text: String { id + "." + secret }

    /// The secret in kube-system that holds the token.
    package var secretName: String { "bootstrap-token-" + id }

    /// The user that the bearer is.
    package var userName: String { "system:bootstrap:" + id }

    private static let alphabet = Array("abcdefghijklmnopqrstuvwxyz0123456789".utf8)
}
