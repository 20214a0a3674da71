internal import _CryptoExtras
internal import Crypto
internal import Determinism

/// One way to make a value unreadable and readable again; upstream's forms, without their prefixes.
protocol Cipher: Sendable {
    /// - place: the key in the store, which some bind to the value.
    func seal(_ bytes: [UInt8], at place: String, random: any RandomSource) throws -> [UInt8]
    func open(_ bytes: ArraySlice<UInt8>, at place: String) throws -> [UInt8]
}

/// Why stored bytes cannot be read.
struct CipherError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }

    static let tooShort = CipherError("the stored data was shorter than the required size")
}

/// Nonce, ciphertext, tag; bound to its place.
struct GCMCipher: Cipher {
    private static let nonceLength = 12

    private let key: SymmetricKey

    init(_ key: [UInt8]) { self.key = SymmetricKey(data: key) }

    func seal(_ bytes: [UInt8], at place: String, random: any RandomSource) throws -> [UInt8] {
        let nonce = try AES.GCM.Nonce(data: random.bytes(Self.nonceLength))
        let box = try AES.GCM.seal(bytes, using: key, nonce: nonce, authenticating: Array(place.utf8))
        guard let combined = box.combined else { throw CipherError("no nonce") }
        return Array(combined)
    }

    func open(_ bytes: ArraySlice<UInt8>, at place: String) throws -> [UInt8] {
        guard bytes.count >= Self.nonceLength else { throw CipherError.tooShort }
        let box = try AES.GCM.SealedBox(combined: Array(bytes))
        return Array(try AES.GCM.open(box, using: key, authenticating: Array(place.utf8)))
    }
}

/// Vector, then padded ciphertext; nothing says that it was not changed.
struct CBCCipher: Cipher {
    private static let blockLength = 16

    private let key: SymmetricKey

    init(_ key: [UInt8]) { self.key = SymmetricKey(data: key) }

    func seal(_ bytes: [UInt8], at place: String, random: any RandomSource) throws -> [UInt8] {
        let vector = random.bytes(Self.blockLength)
        return vector + Array(try AES._CBC.encrypt(bytes, using: key, iv: AES._CBC.IV(ivBytes: vector)))
    }

    func open(_ bytes: ArraySlice<UInt8>, at place: String) throws -> [UInt8] {
        guard bytes.count >= Self.blockLength else { throw CipherError.tooShort }
        let vector = Array(bytes.prefix(Self.blockLength))
        let body = Array(bytes.dropFirst(Self.blockLength))
        guard body.count % Self.blockLength == 0 else {
            throw CipherError("the stored data is not a multiple of the block size")
        }
        return Array(try AES._CBC.decrypt(body, using: key, iv: AES._CBC.IV(ivBytes: vector)))
    }
}

/// Nonce, tag, ciphertext; not bound to its place.
struct SecretboxCipher: Cipher {
    private let key: [UInt8]

    init(_ key: [UInt8]) { self.key = key }

    func seal(_ bytes: [UInt8], at place: String, random: any RandomSource) throws -> [UInt8] {
        let nonce = random.bytes(Secretbox.nonceLength)
        return nonce + Secretbox.seal(bytes, nonce: nonce, key: key)
    }

    func open(_ bytes: ArraySlice<UInt8>, at place: String) throws -> [UInt8] {
        guard bytes.count >= Secretbox.nonceLength + Secretbox.tagLength else { throw CipherError.tooShort }
        let nonce = Array(bytes.prefix(Secretbox.nonceLength))
        let box = bytes.dropFirst(Secretbox.nonceLength)
        guard let opened = Secretbox.open(box, nonce: nonce, key: key) else {
            throw CipherError("the stored data was not made with this key, or was changed")
        }
        return opened
    }
}

/// As it is; does not take what somebody else made unreadable for plain.
struct IdentityCipher: Cipher {
    private static let encrypted = Array("k8s:enc:".utf8)

    func seal(_ bytes: [UInt8], at place: String, random: any RandomSource) throws -> [UInt8] { bytes }

    func open(_ bytes: ArraySlice<UInt8>, at place: String) throws -> [UInt8] {
        guard !bytes.starts(with: Self.encrypted) else {
            throw CipherError("identity transformer tried to read encrypted data")
        }
        return Array(bytes)
    }
}

/// Ciphers and the prefixes of what they wrote: the first writes, and every one whose prefix fits may read.
struct CipherChain: Sendable {
    private let members: [(prefix: [UInt8], cipher: any Cipher)]

    /// - managed: the ciphers of key management services by their names.
    init(_ providers: [EncryptionConfiguration.Provider], managed: [String: KeyManagedCipher] = [:]) {
        members = providers.flatMap { provider -> [(prefix: [UInt8], cipher: any Cipher)] in
            func keyed(
                _ name: String, _ keys: [EncryptionConfiguration.Key], _ make: ([UInt8]) -> any Cipher
            ) -> [(prefix: [UInt8], cipher: any Cipher)] {
                keys.map { (Array("k8s:enc:\(name):v1:\($0.name):".utf8), make($0.secret)) }
            }
            switch provider {
            case .identity: return [([], IdentityCipher())]
            case .keyManager(let settings): return managed[settings.name].map { [($0.prefix, $0)] } ?? []
            case .aesgcm(let keys): return keyed("aesgcm", keys) { GCMCipher($0) }
            case .aescbc(let keys): return keyed("aescbc", keys) { CBCCipher($0) }
            case .secretbox(let keys): return keyed("secretbox", keys) { SecretboxCipher($0) }
            }
        }
    }

    func seal(_ bytes: [UInt8], at place: String, random: any RandomSource) throws -> [UInt8] {
        guard let first = members.first else { return bytes }
        return first.prefix + (try first.cipher.seal(bytes, at: place, random: random))
    }

    /// Asks those who have to be asked before they can read the bytes.
    func prepare(_ bytes: [UInt8]) async throws {
        for (prefix, cipher) in members where bytes.starts(with: prefix) {
            if let managed = cipher as? KeyManagedCipher { try await managed.prepare(bytes[prefix.count...]) }
        }
    }

    /// A failure is told when nobody can read it: keys of one name may stand in several places.
    func open(_ bytes: [UInt8], at place: String) throws -> [UInt8] {
        var failure = CipherError("no matching prefix found")
        for (prefix, cipher) in members where bytes.starts(with: prefix) {
            do { return try cipher.open(bytes[prefix.count...], at: place) } catch let error as SeedNotAtHand {
                throw error
            } catch {
                if !prefix.isEmpty { failure = CipherError("\(error)") }
            }
        }
        throw failure
    }
}
