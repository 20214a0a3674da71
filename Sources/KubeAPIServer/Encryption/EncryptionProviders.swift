package import APIMachinery
package import APIRegistry
package import Determinism
package import KeyValueStore
package import Logging
internal import Synchronization

/// Who makes values unreadable before they reach the store, for every resource.
///
/// Follows its file when it is told to: keys can be changed without a restart.
package final class EncryptionProviders: Sendable {
    /// How often the file is looked at.
    static let pollInterval = Duration.seconds(10)

    private struct State {
        var configuration: EncryptionConfiguration?
        var chains: [GroupResource: CipherChain] = [:]
        var bytes: [UInt8] = []
    }

    private let path: String
    /// Today's content of the file; `nil` where it is not followed.
    private let read: (@Sendable () throws -> [UInt8])?
    private let state: Mutex<State>

    /// - read: reads the file anew; `nil`: it is never looked at again.
    package init(
        _ bytes: [UInt8], path: String, read: (@Sendable () throws -> [UInt8])? = nil
    ) throws(ConfigurationError) {
        self.path = path
        self.read = read
        state = Mutex(State(configuration: try EncryptionConfiguration(bytes, path: path), bytes: bytes))
    }

    /// The ciphers of a resource now; `nil`: it is stored in the clear.
    func chain(of resource: GroupResource) -> CipherChain? {
        state.withLock { state in
            if let chain = state.chains[resource] { return chain }
            guard let providers = state.configuration?.providers(of: resource) else { return nil }
            let chain = CipherChain(providers)
            state.chains[resource] = chain
            return chain
        }
    }

    /// Opens a value of whichever resource, with whatever cipher fits.
    func open(_ bytes: [UInt8], at place: String) throws -> [UInt8] {
        let all = state.withLock { $0.configuration?.providers.values.map { $0 } ?? [] }
        var failure = CipherError("no matching prefix found")
        for providers in all {
            do { return try CipherChain(providers).open(bytes, at: place) } catch {
                failure = CipherError("\(error)")
            }
        }
        throw failure
    }

    /// Takes over what the file says by now. A faulty file changes nothing.
    package func reload() throws {
        guard let bytes = try read?(), state.withLock({ $0.bytes != bytes }) else { return }
        let configuration = try EncryptionConfiguration(bytes, path: path)
        state.withLock { $0 = State(configuration: configuration, bytes: bytes) }
    }

    /// Follows the file until cancelled.
    package func run(time: any Timekeeper, logger: Logger) async {
        guard read != nil else { return }
        while true {
            do { try await time.sleep(for: Self.pollInterval) } catch { return }
            do { try reload() } catch {
                logger.error(
                    "the encryption configuration cannot be read anew",
                    metadata: ["path": "\(path)", "error": "\(error)"])
            }
        }
    }
}

/// The values of one resource on their way to and from the store, as the configuration of the moment says.
package struct ConfiguredTransformer: ValueTransformer {
    private let resource: GroupResource
    private let providers: EncryptionProviders
    /// Reads what was written before there was a configuration.
    private let former: any ValueTransformer
    private let random: any RandomSource

    package init(
        _ resource: GroupResource, _ providers: EncryptionProviders, former: any ValueTransformer,
        random: any RandomSource
    ) {
        self.resource = resource
        self.providers = providers
        self.former = former
        self.random = random
    }

    package func seal(_ bytes: [UInt8], key: String) throws(StoreError) -> [UInt8] {
        guard let chain = providers.chain(of: resource) else { return bytes }
        do { return try chain.seal(bytes, at: key, random: random) } catch {
            throw StoreError(.corrupt, key: key, detail: "encryption failed: \(error)")
        }
    }

    package func open(_ bytes: [UInt8], key: String) throws(StoreError) -> [UInt8] {
        if bytes.first == AESGCMTransformer.form { return try former.open(bytes, key: key) }
        guard let chain = providers.chain(of: resource) else {
            guard !bytes.starts(with: Array("k8s:enc:".utf8)) else {
                throw StoreError(.corrupt, key: key, detail: "identity transformer tried to read encrypted data")
            }
            return bytes
        }
        do { return try chain.open(bytes, at: key) } catch {
            throw StoreError(.corrupt, key: key, detail: "decryption failed: \(error)")
        }
    }
}
