package import APIMachinery
package import Determinism
internal import NIOSSL
internal import Synchronization

/// The certificates that the peer of one connection presented, and who it has turned out to be.
///
/// Noted in the handshake, asked for by every request; verified by the first.
package final class PeerCertificates: Sendable {
    private struct State {
        var chain: [[UInt8]]
        var known: (user: UserInfo, from: Timestamp, until: Timestamp)?
    }

    /// Where the other end of the connection is; `nil` inside of the process.
    package let address: IPAddress?
    private let state: Mutex<State>

    /// - chain: DER, leaf first. Unverified.
    package init(_ chain: [[UInt8]] = [], address: IPAddress? = nil) {
        self.address = address
        state = Mutex(State(chain: chain))
    }

    func note(_ certificates: [NIOSSLCertificate]) {
        // A certificate that cannot be written out again counts as none.
        let bytes = certificates.compactMap { try? $0.toDERBytes() }
        state.withLock { $0 = State(chain: bytes) }
    }

    /// Shows others from now on.
    func replace(with chain: [[UInt8]]) { state.withLock { $0 = State(chain: chain) } }

    /// DER, leaf first. Unverified.
    package var chain: [[UInt8]] { state.withLock { $0.chain } }

    /// Who the certificates were found to name, while they are valid, and until when they are.
    func user(at now: Timestamp) -> (user: UserInfo, until: Timestamp)? {
        state.withLock { state in
            guard let known = state.known, known.from <= now, now <= known.until else { return nil }
            return (known.user, known.until)
        }
    }

    func remember(_ user: UserInfo, from: Timestamp, until: Timestamp) {
        state.withLock { $0.known = (user, from, until) }
    }
}
