internal import FoundationEssentials
internal import KMSProtocol
internal import SwiftProtobuf

/// A value as KMS v2 leaves it in the store, behind its prefix: `EncryptedObject` of upstream.
struct SealedObject: Sendable {
    var seed: SealedSeed
    /// What the seed makes readable.
    var data: [UInt8]

    init(seed: SealedSeed, data: [UInt8]) {
        self.seed = seed
        self.data = data
    }

    init(_ bytes: ArraySlice<UInt8>) throws {
        let message = try V2_EncryptedObject(serializedBytes: Array(bytes))
        guard let kind = SealedSeed.Kind(rawValue: message.encryptedDeksourceType.rawValue) else {
            throw CipherError("unknown encryptedDEKSourceType: \(message.encryptedDeksourceType.rawValue)")
        }
        data = Array(message.encryptedData)
        seed = SealedSeed(
            kind: kind, ciphertext: Array(message.encryptedDeksource), keyID: message.keyID,
            annotations: message.annotations.mapValues { Array($0) })
        guard !data.isEmpty else { throw CipherError("encrypted data is empty") }
        try seed.check()
    }

    func bytes() throws -> [UInt8] {
        try seed.check()
        let message = V2_EncryptedObject.with {
            $0.encryptedData = Data(data)
            $0.keyID = seed.keyID
            $0.encryptedDeksource = Data(seed.ciphertext)
            $0.annotations = seed.annotations.mapValues { Data($0) }
            $0.encryptedDeksourceType = seed.kind == .seed ? .hkdfSha256XnonceAesGcmSeed : .aesGcmKey
        }
        return try message.serializedBytes()
    }
}
