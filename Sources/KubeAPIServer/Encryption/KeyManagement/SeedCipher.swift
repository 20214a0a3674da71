internal import Crypto
internal import Determinism

/// AES-GCM with a key for each value, derived from one seed: so no nonce is ever used twice with a key, however many
/// values there are. Upstream's form: 32 bytes that the key is derived with, then nonce, ciphertext, tag.
struct SeedCipher: Cipher {
    static let seedLength = 32
    private static let infoLength = 32
    private static let keyLength = 32

    private let seed: [UInt8]

    init(_ seed: [UInt8]) throws(CipherError) {
        guard seed.count >= Self.seedLength else {
            throw CipherError("invalid seed length \(seed.count) used for key generation")
        }
        self.seed = seed
    }

    func seal(_ bytes: [UInt8], at place: String, random: any RandomSource) throws -> [UInt8] {
        let info = random.bytes(Self.infoLength)
        return info + (try cipher(info).seal(bytes, at: place, random: random))
    }

    func open(_ bytes: ArraySlice<UInt8>, at place: String) throws -> [UInt8] {
        guard bytes.count >= Self.infoLength else { throw CipherError.tooShort }
        return try cipher(Array(bytes.prefix(Self.infoLength))).open(bytes.dropFirst(Self.infoLength), at: place)
    }

    private func cipher(_ info: [UInt8]) -> GCMCipher {
        let key = HKDF<SHA256>.expand(pseudoRandomKey: seed, info: info, outputByteCount: Self.keyLength)
        return GCMCipher(key.withUnsafeBytes { Array($0) })
    }
}
