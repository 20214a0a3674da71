internal import ClusterPKI
internal import Determinism

/// The key that Secrets are encrypted with at rest: 32 random bytes in a file that only root reads.
enum EncryptionKey {
    static let length = 32

    static func ensure(_ path: String, random: any RandomSource) throws -> [UInt8] {
        if let key = try SecretFile.read(path) {
            guard key.count == length else { throw AssemblyError("\(path) is not an encryption key of \(length) bytes") }
            return key
        }
        let key = random.bytes(length)
        try SecretFile.write(key, to: path)
        return key
    }
}

/// Why a part of the cluster could not be put together.
struct AssemblyError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
