internal import APIRegistry
internal import Crypto
internal import KeyValueStore

/// Encrypts values with AES-256-GCM; the store's key is authenticated with them, so that a value
/// cannot be moved to another object.
///
/// The form: one byte 2, then nonce, ciphertext and tag. Values that were written in the clear, before
/// encryption was switched on, are still read.
struct AESGCMTransformer: ValueTransformer {
    static let form: UInt8 = 2

    private let key: SymmetricKey

    /// - key: 32 bytes.
    init(key: [UInt8]) { self.key = SymmetricKey(data: key) }

    func seal(_ bytes: [UInt8], key storeKey: String) throws(StoreError) -> [UInt8] {
        do {
            let box = try AES.GCM.seal(bytes, using: key, authenticating: Array(storeKey.utf8))
            guard let combined = box.combined else { throw StoreError(.corrupt, key: storeKey, detail: "no nonce") }
            return [Self.form] + combined
        } catch let error as StoreError {
            throw error
        } catch {
            throw StoreError(.corrupt, key: storeKey, detail: "encryption failed: \(error)")
        }
    }

    func open(_ bytes: [UInt8], key storeKey: String) throws(StoreError) -> [UInt8] {
        guard bytes.first == Self.form else { return bytes }
        do {
            let box = try AES.GCM.SealedBox(combined: bytes.dropFirst())
            return Array(try AES.GCM.open(box, using: key, authenticating: Array(storeKey.utf8)))
        } catch {
            throw StoreError(.corrupt, key: storeKey, detail: "decryption failed: \(error)")
        }
    }
}
