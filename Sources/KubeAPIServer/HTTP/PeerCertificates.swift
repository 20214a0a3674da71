internal import NIOSSL
internal import Synchronization

/// The certificates that the peer of one connection presented: noted in the handshake, asked for by every request.
final class PeerCertificates: Sendable {
    private let chain = Mutex<[[UInt8]]>([])

    func note(_ certificates: [NIOSSLCertificate]) {
        // A certificate that cannot be written out again counts as none.
        let bytes = certificates.compactMap { try? $0.toDERBytes() }
        chain.withLock { $0 = bytes }
    }

    var der: [[UInt8]] { chain.withLock { $0 } }
}
