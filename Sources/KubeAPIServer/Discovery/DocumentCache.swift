internal import APIClient
internal import Crypto
internal import Synchronization

/// A document as clients get it.
struct Document: Sendable {
    let bytes: [UInt8]
    let contentType: String
    /// In quotes, as HTTP wants it.
    let etag: String

    init(_ bytes: [UInt8], contentType: String) {
        self.bytes = bytes
        self.contentType = contentType
        etag = "\"\(Self.digest(bytes))\""
    }

    /// A name for the contents that changes with them.
    static func digest(_ bytes: [UInt8]) -> String {
        SHA256.hash(data: bytes).map { byte in
            let digits = String(byte, radix: 16, uppercase: true)
            return byte < 16 ? "0" + digits : digits
        }.joined()
    }

    /// The document, or 304 when the client has it already.
    func answer(_ request: ServerRequest) -> ServerResponse {
        let headers = [("ETag", etag), ("Vary", "Accept")]
        let known = request.headers["if-none-match"] ?? ""
        guard !known.isEmpty, known == "*" || known.contains(etag) else {
            return ServerResponse(200, contentType: contentType, headers: headers, body: [bytes])
        }
        return ServerResponse(304, contentType: contentType, headers: headers, body: [])
    }
}

/// Keeps what was made of a state until the state is another: made at first use, once for each state.
final class DocumentCache<Key: Hashable & Sendable, Made: Sendable>: Sendable {
    private let made = Mutex<[Key: (version: Int, made: Made)]>([:])

    /// What is kept for the key, if it was made of this version; else what `make` makes now.
    func value<Failure: Error>(
        _ key: Key, version: Int, make: () throws(Failure) -> Made
    ) throws(Failure) -> Made {
        if let kept = made.withLock({ $0[key] }), kept.version == version { return kept.made }
        let new = try make()
        made.withLock { $0[key] = (version, new) }
        return new
    }

    /// Forgets what `isNeeded` does not want to keep.
    func prune(_ isNeeded: (Key) -> Bool) {
        made.withLock { made in made = made.filter { isNeeded($0.key) } }
    }
}
