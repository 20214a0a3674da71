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
    /// How often the file is looked at, and whose turn it is to be asked.
    static let pollInterval = Duration.seconds(10)
    /// How long the start waits for key management services: without them, what they encrypted cannot be read.
    static let startMax = Duration.seconds(60)
    private static let startInterval = Duration.seconds(1)

    private struct State {
        var configuration: EncryptionConfiguration
        var managed: [KeyManagerSettings: KeyManagedCipher]
        var chains: [GroupResource: CipherChain] = [:]
        var bytes: [UInt8]
        /// When each service is asked again.
        var due: [String: Duration] = [:]

        func chain(_ providers: [EncryptionConfiguration.Provider]) -> CipherChain {
            CipherChain(providers, managed: Dictionary(managed.values.map { ($0.name, $0) }) { first, _ in first })
        }
    }

    private let path: String
    /// Today's content of the file; `nil` where it is not followed.
    private let read: (@Sendable () throws -> [UInt8])?
    private let makeCipher: @Sendable (KeyManagerSettings) -> KeyManagedCipher
    private let time: any Timekeeper
    private let state: Mutex<State>

    /// - read: reads the file anew; `nil`: it is never looked at again.
    /// - keyManager: a key management service, by the path of its socket and the time that a call may take.
    package init(
        _ bytes: [UInt8], path: String, read: (@Sendable () throws -> [UInt8])? = nil,
        time: any Timekeeper = SystemTimekeeper(), random: any RandomSource = SystemRandomSource(),
        keyManager: @escaping @Sendable (_ socket: String, _ timeout: Duration) -> any KeyManager = {
            GRPCKeyManager(socket: $0, timeout: $1)
        }
    ) throws(ConfigurationError) {
        self.path = path
        self.read = read
        self.time = time
        let makeCipher = { @Sendable (settings: KeyManagerSettings) in
            KeyManagedCipher(
                name: settings.name, manager: keyManager(settings.socket, settings.timeout), time: time, random: random)
        }
        self.makeCipher = makeCipher
        let configuration = try EncryptionConfiguration(bytes, path: path)
        let managed = Dictionary(configuration.keyManagers.map { ($0, makeCipher($0)) }) { first, _ in first }
        state = Mutex(State(configuration: configuration, managed: managed, bytes: bytes))
    }

    /// The ciphers of a resource now; `nil`: it is stored in the clear.
    func chain(of resource: GroupResource) -> CipherChain? {
        state.withLock { state in
            if let chain = state.chains[resource] { return chain }
            guard let providers = state.configuration.providers(of: resource) else { return nil }
            let chain = state.chain(providers)
            state.chains[resource] = chain
            return chain
        }
    }

    /// Opens a value of whichever resource, with whatever cipher fits.
    func open(_ bytes: [UInt8], at place: String) async throws -> [UInt8] {
        let chains = state.withLock { state in state.configuration.providers.values.map { state.chain($0) } }
        var failure = CipherError("no matching prefix found")
        for chain in chains {
            do {
                try await chain.prepare(bytes)
                return try chain.open(bytes, at: place)
            } catch {
                failure = CipherError("\(error)")
            }
        }
        throw failure
    }

    // MARK: Key management services

    /// What is wrong with one of them; `nil` when nothing is.
    package var problem: String? { ciphers.lazy.compactMap(\.problem).first }

    /// Whether there is any, or may be one day.
    package var mayAskServices: Bool { read != nil || !ciphers.isEmpty }

    private var ciphers: [KeyManagedCipher] { state.withLock { Array($0.managed.values) } }

    /// Waits until all services have given us a key, for a while.
    package func start(logger: Logger) async throws {
        let deadline = time.uptime + Self.startMax
        while true {
            await probe()
            guard let problem else { return }
            logger.error("a key management service is not healthy", metadata: ["error": "\(problem)"])
            guard time.uptime < deadline else { return }
            try await time.sleep(for: Self.startInterval)
            state.withLock { $0.due = [:] }
        }
    }

    /// Asks those whose turn it is.
    package func probe() async {
        for cipher in ciphers {
            if let due = state.withLock({ $0.due[cipher.name] }), time.uptime < due { continue }
            let wait = await cipher.probe()
            state.withLock { $0.due[cipher.name] = time.uptime + wait }
        }
    }

    // MARK: Following the file

    /// Takes over what the file says by now. A faulty file changes nothing, nor does one with a service that is ill.
    package func reload() async throws {
        guard let bytes = try read?(), state.withLock({ $0.bytes != bytes }) else { return }
        let configuration = try EncryptionConfiguration(bytes, path: path)
        let old = state.withLock { $0.managed }
        var managed: [KeyManagerSettings: KeyManagedCipher] = [:]
        for settings in configuration.keyManagers {
            let cipher = old[settings] ?? makeCipher(settings)
            if old[settings] == nil { _ = await cipher.probe() }
            if let problem = cipher.problem { throw ConfigurationError(problem) }
            managed[settings] = cipher
        }
        state.withLock { [managed] in
            $0 = State(configuration: configuration, managed: managed, bytes: bytes)
        }
    }

    /// Follows the file and the services until cancelled.
    package func run(time: any Timekeeper, logger: Logger) async {
        guard mayAskServices else { return }
        while true {
            do { try await time.sleep(for: Self.pollInterval) } catch { return }
            do { try await reload() } catch {
                logger.error(
                    "the encryption configuration cannot be read anew",
                    metadata: ["path": "\(path)", "error": "\(error)"])
            }
            await probe()
            if let problem {
                logger.error("a key management service is not healthy", metadata: ["error": "\(problem)"])
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

    package func prepare(_ bytes: [UInt8], key: String) async throws(StoreError) {
        guard let chain = providers.chain(of: resource) else { return }
        do { try await chain.prepare(bytes) } catch {
            throw StoreError(.unavailable, key: key, detail: "decryption failed: \(error)")
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
        do { return try chain.open(bytes, at: key) } catch is SeedNotAtHand {
            throw StoreError(.unavailable, key: key, detail: "the key has not been asked for")
        } catch {
            throw StoreError(.corrupt, key: key, detail: "decryption failed: \(error)")
        }
    }
}
