internal import APIClient
internal import Crypto
internal import Synchronization

/// A document as clients get it.
struct Document: Sendable {
    /// What it consists of, one after the other: documents may share pieces.
    let pieces: [[UInt8]]
    let contentType: String
    /// In quotes, as HTTP wants it.
    let etag: String

    init(_ pieces: [[UInt8]], contentType: String) {
        self.pieces = pieces
        self.contentType = contentType
        etag = "\"\(Self.digest(pieces))\""
    }

    /// A name for the contents that changes with them.
    static func digest(_ pieces: [[UInt8]]) -> String {
        var hash = SHA256()
        for piece in pieces { hash.update(data: piece) }
        return hash.finalize().map { byte in
            let digits = String(byte, radix: 16, uppercase: true)
            return byte < 16 ? "0" + digits : digits
        }.joined()
    }

    /// The document, or 304 when the client has it already.
    func answer(_ request: ServerRequest) -> ServerResponse {
        let headers = [("ETag", etag), ("Vary", "Accept")]
        let known = request.headers["if-none-match"] ?? ""
        guard !known.isEmpty, known == "*" || known.contains(etag) else {
            return ServerResponse(200, contentType: contentType, headers: headers, body: pieces)
        }
        return ServerResponse(304, contentType: contentType, headers: headers, body: [])
    }
}

/// Keeps what was made of a state until the state is another: made at first use, once for each state.
final class DocumentCache<Key: Hashable & Sendable, Version: Equatable & Sendable, Made: Sendable>: Sendable {
    private let made = Mutex<[Key: (version: Version, made: Made)]>([:])

    /// What is kept for the key, if it was made of this version; else what `make` makes now.
    func value<Failure: Error>(
        _ key: Key, version: Version, make: () throws(Failure) -> Made
    ) throws(Failure) -> Made {
        if let kept = made.withLock({ $0[key] }), kept.version == version { return kept.made }
        let new = try make()
        made.withLock { $0[key] = (version, new) }
        return new
    }

    /// Forgets what is not needed any more.
    func keep(_ isNeeded: (Key) -> Bool) {
        made.withLock { made in made = made.filter { isNeeded($0.key) } }
    }
}
