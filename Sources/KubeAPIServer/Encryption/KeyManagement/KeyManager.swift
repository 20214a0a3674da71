/// A key management service (KMS v2) as its caller sees it: it holds the key that our keys are encrypted with.
package protocol KeyManager: Sendable {
    /// How it fares, and which key it encrypts with now.
    func status() async throws -> KeyManagerStatus
    /// - uid: names the call in the logs of both sides.
    func encrypt(_ plaintext: [UInt8], uid: String) async throws -> SealedSeed
    func decrypt(_ seed: SealedSeed, uid: String) async throws -> [UInt8]
}

/// What a key management service says of itself.
package struct KeyManagerStatus: Sendable, Equatable {
    package var version: String
    package var health: String
    package var keyID: String

    package init(version: String, health: String, keyID: String) {
        self.version = version
        self.health = health
        self.keyID = keyID
    }
}

/// A seed as the service gave it back, unreadable; it lies beside every value that it is for.
package struct SealedSeed: Sendable, Hashable {
    /// How the seed becomes the key of a value.
    package enum Kind: Int, Sendable {
        /// It is the key itself: what Kubernetes wrote before it derived keys. Only read.
        case key = 0
        /// Keys are derived from it (HKDF with SHA-256), one for each value.
        case seed = 1
    }

    static let ciphertextMax = 1024
    static let keyIDMax = 1024
    /// Bytes of all annotations together, names included.
    static let annotationsMax = 32 * 1024

    package var kind: Kind
    package var ciphertext: [UInt8]
    package var keyID: String
    package var annotations: [String: [UInt8]]

    package init(kind: Kind = .seed, ciphertext: [UInt8], keyID: String, annotations: [String: [UInt8]] = [:]) {
        self.kind = kind
        self.ciphertext = ciphertext
        self.keyID = keyID
        self.annotations = annotations
    }

    /// What upstream does not let into the store, in its words.
    func check() throws(CipherError) {
        if ciphertext.isEmpty {
            throw CipherError("failed to validate encrypted DEK source: encrypted DEK source is empty")
        }
        if ciphertext.count > Self.ciphertextMax {
            throw CipherError(
                "failed to validate encrypted DEK source: encrypted DEK source is \(ciphertext.count) "
                    + "bytes, which exceeds "
                    + "the max size of \(Self.ciphertextMax)")
        }
        if let problem = Self.problem(ofKeyID: keyID) { throw CipherError("failed to validate key id: \(problem)") }
        let size = annotations.reduce(0) { $0 + $1.key.utf8.count + $1.value.count }
        if size > Self.annotationsMax {
            throw CipherError(
                "failed to validate annotations: total size of annotations is \(size), which exceeds the max size of "
                    + "\(Self.annotationsMax)")
        }
    }

    static func problem(ofKeyID keyID: String) -> String? {
        if keyID.isEmpty { return "keyID is empty" }
        guard keyID.utf8.count > keyIDMax else { return nil }
        return "keyID is \(keyID.utf8.count) bytes, which exceeds the max size of \(keyIDMax)"
    }
}
