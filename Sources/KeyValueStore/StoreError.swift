/// Why the store refused. A closed set: every caller must be able to handle every case.
package struct StoreError: Error, Equatable, CustomStringConvertible {
    package enum Code: Sendable {
        case keyNotFound
        case keyExists
        /// The key exists, but not at the revision the caller expected.
        case revisionConflict
        /// The revision asked for has been compacted away.
        case compacted
        /// The revision asked for lies in the future.
        case futureRevision
        /// The store cannot answer now: closed, disk full, no quorum, too many writes waiting.
        case unavailable
        /// What the store holds does not read back as it was written.
        case corrupt
    }

    package var code: Code
    /// The key, or the prefix, that was asked for.
    package var key: String
    /// What the layer below said, for the log; not part of equality.
    package var detail: String

    package init(_ code: Code, key: String, detail: String = "") {
        self.code = code
        self.key = key
        self.detail = detail
    }

    package static func == (left: Self, right: Self) -> Bool { left.code == right.code && left.key == right.key }

    package var description: String { detail.isEmpty ? "\(code) at \(key)" : "\(code) at \(key): \(detail)" }
}
