internal import APITypes
internal import Determinism

/// A service account's token, as long as it is good.
struct AccountToken: Sendable, Equatable {
    /// How long a token is asked to live: upstream's hour.
    static let lifetime = Duration.seconds(3600)
    /// A new one is asked for when one part of so many of the life is left, so that no request comes too late.
    static let reserveFraction = 5

    let text: String
    /// The own uptime from which on a new one is better. Not the wall clock's: the server's may differ.
    let renewal: Duration

    /// - requested: the own uptime before it was asked for.
    init(_ answer: TokenRequest, requested: Duration) {
        text = answer.status.token
        let life = answer.spec.expirationSeconds.map { Duration.seconds($0) } ?? Self.lifetime
        renewal = requested + life - life / Self.reserveFraction
    }

    func isDue(_ uptime: Duration) -> Bool { uptime >= renewal }
}
