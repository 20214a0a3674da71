internal import APIMachinery
package import APIRegistry
internal import KeyValueStore

/// Makes the values of a store readable again, as the API server would.
package struct StoredValue: Sendable {
    private static let encrypted = Array("k8s:enc:".utf8)

    /// The server's own key.
    private let ownKey: [UInt8]?
    private let providers: EncryptionProviders?
    /// Where the value lies, which some ciphers bind it to.
    private let place: String?

    /// - ownKey: what the data directory holds; `nil`: such values stay closed.
    /// - providers: of the EncryptionConfiguration; `nil`: there is none.
    /// - place: the value's key in the store, such as `/registry/core/secrets/default/name`.
    package init(ownKey: [UInt8]?, providers: EncryptionProviders?, place: String?) {
        self.ownKey = ownKey
        self.providers = providers
        self.place = place
    }

    /// Whether these are bytes that only a store has.
    static func looksLike(_ bytes: [UInt8]) -> Bool {
        bytes.first == AESGCMTransformer.form || bytes.starts(with: encrypted)
            || StoredForm.served(bytes, at: 0) != nil
    }

    /// The object's bytes, in one of the other forms.
    func opened(_ bytes: [UInt8]) async throws(TranscodeError) -> [UInt8] {
        var bytes = bytes
        if bytes.first == AESGCMTransformer.form {
            guard let ownKey else {
                throw TranscodeError("the value is encrypted with the server's own key: name its data directory")
            }
            let place = try neededPlace()
            do throws(StoreError) { bytes = try AESGCMTransformer(key: ownKey).open(bytes, key: place) } catch {
                throw TranscodeError("\(error.detail): another key, or not the value at \(place)")
            }
        } else if bytes.starts(with: Self.encrypted) {
            guard let providers else {
                throw TranscodeError(
                    "the value is encrypted (\(Self.prefix(of: bytes))): name the encryption configuration")
            }
            let place = try neededPlace()
            do { bytes = try await providers.open(bytes, at: place) } catch {
                throw TranscodeError("\(Self.prefix(of: bytes)) \(error)")
            }
        }
        return try bare(bytes)
    }

    private func neededPlace() throws(TranscodeError) -> String {
        guard let place else {
            throw TranscodeError("the value is encrypted for its place in the store: name that with --key")
        }
        return place
    }

    /// Without the header, and without the resource version, which the store does not hold.
    private func bare(_ bytes: [UInt8]) throws(TranscodeError) -> [UInt8] {
        guard let served = StoredForm.served(bytes, at: 0) else { return bytes }
        do throws(JSONError) {
            var object = try Value(json: served.json)
            object[path: "metadata", "resourceVersion"] = nil
            return object.json
        } catch { throw TranscodeError(error.message) }
    }

    /// `k8s:enc:aesgcm:v1:name:`, as far as it is there.
    private static func prefix(of bytes: [UInt8]) -> String {
        let parts = bytes.prefix(128).split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        return parts.prefix(5).map { String(decoding: $0, as: UTF8.self) }.joined(separator: ":")
    }
}
