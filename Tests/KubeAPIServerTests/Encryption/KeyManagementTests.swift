import APIMachinery
import APIRegistry
import Determinism
import KeyValueStore
import KubeAPIServer
import Logging
import Synchronization
import Testing

/// KMS v2, with a service that keeps its keys in its head.
@Suite("Key management services")
struct KeyManagementTests {
    /// Turns seeds around and calls that encryption.
    final class Service: KeyManager {
        struct Refusal: Error {}

        struct State {
            var status = KeyManagerStatus(version: "v2", health: "ok", keyID: "one")
            var isDown = false
            var encryptions = 0
            var decryptions = 0
        }

        let state = Mutex(State())

        var encryptions: Int { state.withLock { $0.encryptions } }
        var decryptions: Int { state.withLock { $0.decryptions } }

        func status() async throws -> KeyManagerStatus {
            try state.withLock { state in
                if state.isDown { throw Refusal() }
                return state.status
            }
        }

        func encrypt(_ plaintext: [UInt8], uid: String) async throws -> SealedSeed {
            try state.withLock { state in
                if state.isDown { throw Refusal() }
                state.encryptions += 1
                return SealedSeed(
                    ciphertext: plaintext.reversed(), keyID: state.status.keyID, annotations: ["a.example.com": [1]])
            }
        }

        func decrypt(_ seed: SealedSeed, uid: String) async throws -> [UInt8] {
            try state.withLock { state in
                if state.isDown || seed.annotations["a.example.com"] != [1] { throw Refusal() }
                state.decryptions += 1
                return seed.ciphertext.reversed()
            }
        }
    }

    private static let place = "/registry/core/secrets/default/a"
    private static let value = Array("a value of some length".utf8)
    private static let logger = Logger(label: "test")

    private static func text(_ service: String) -> [UInt8] {
        Array(
            """
            apiVersion: apiserver.config.k8s.io/v1
            kind: EncryptionConfiguration
            resources: [{resources: [secrets], providers: [{kms: {\(service)}}]}]
            """.utf8)
    }

    private static func providers(_ service: Service, _ time: any Timekeeper) throws -> EncryptionProviders {
        try EncryptionProviders(
            text("apiVersion: v2, name: vault, endpoint: 'unix:///run/kms.sock'"), path: "e.yaml", time: time,
            random: SeededRandomSource(seed: 1), keyManager: { _, _ in service })
    }

    private static func transformer(_ providers: EncryptionProviders) -> ConfiguredTransformer {
        ConfiguredTransformer(
            GroupResource(group: "", resource: "secrets"), providers, former: PlainTransformer(),
            random: SeededRandomSource(seed: 2))
    }

    @Test("a seed is made once, and asked for once by a server that has started anew")
    func envelope() async throws {
        let service = Service()
        let time = ManualTimekeeper()
        let providers = try Self.providers(service, time)
        try await providers.start(logger: Self.logger)
        let transformer = Self.transformer(providers)
        let one = try transformer.seal(Self.value, key: Self.place)
        let two = try transformer.seal(Self.value, key: Self.place)
        #expect(one.starts(with: Array("k8s:enc:kms:v2:vault:".utf8)) && one != two)
        #expect(try transformer.open(one, key: Self.place) == Self.value)
        #expect(throws: StoreError.self) { try transformer.open(one, key: Self.place + "b") }
        let later = try Self.providers(service, time)
        let reading = Self.transformer(later)
        #expect { try reading.open(one, key: Self.place) } throws: { ($0 as? StoreError)?.code == .unavailable }
        try await reading.prepare(one, key: Self.place)
        try await reading.prepare(two, key: Self.place)
        #expect(try reading.open(one, key: Self.place) == Self.value)
        #expect(try reading.open(two, key: Self.place) == Self.value)
        #expect(service.encryptions == 1)
        #expect(service.decryptions == 1)
    }

    @Test("a service without a key stops writing after a while, never reading")
    func illness() async throws {
        let service = Service()
        let time = ManualTimekeeper()
        let providers = try Self.providers(service, time)
        try await providers.start(logger: Self.logger)
        let transformer = Self.transformer(providers)
        let sealed = try transformer.seal(Self.value, key: Self.place)
        #expect(providers.problem == nil)
        time.advance(by: .seconds(179))
        _ = try transformer.seal(Self.value, key: Self.place)
        time.advance(by: .seconds(2))
        #expect {
            try transformer.seal(Self.value, key: Self.place)
        } throws: { ($0 as? StoreError)?.detail.contains("encryptedDEKSource with keyID hash") == true }
        #expect(try transformer.open(sealed, key: Self.place) == Self.value)
    }

    @Test(
        "an answer that is not right makes the service unhealthy, in upstream's words",
        arguments: [
            (KeyManagerStatus(version: "v2", health: "ill", keyID: "one"), "got unexpected healthz status: ill"),
            (KeyManagerStatus(version: "v1", health: "ok", keyID: "one"), "expected KMSv2 API version v2, got v1"),
            (
                KeyManagerStatus(version: "v2", health: "ok", keyID: ""),
                "got invalid KMSv2 KeyID hash \"\": keyID is empty"
            ),
        ])
    func health(_ status: KeyManagerStatus, _ problem: String) async throws {
        let service = Service()
        service.state.withLock { $0.status = status }
        let providers = try EncryptionProviders(
            Self.text("apiVersion: v2, name: vault, endpoint: 'unix:///run/kms.sock'"), path: "e.yaml",
            time: ManualTimekeeper(), keyManager: { _, _ in service })
        await providers.probe()
        #expect(providers.problem == "kmsv2 Provider vault is not healthy, error: \(problem)")
    }

    @Test("another key makes another seed; what the old one sealed stays readable")
    func rotation() async throws {
        let service = Service()
        let time = ManualTimekeeper()
        let providers = try Self.providers(service, time)
        await providers.probe()
        let transformer = Self.transformer(providers)
        let old = try transformer.seal(Self.value, key: Self.place)
        service.state.withLock { $0.status.keyID = "two" }
        await providers.probe()
        #expect(service.encryptions == 1)
        time.advance(by: .seconds(61))
        await providers.probe()
        #expect(service.encryptions == 2)
        let new = try transformer.seal(Self.value, key: Self.place)
        #expect(try transformer.open(old, key: Self.place) == Self.value)
        #expect(try transformer.open(new, key: Self.place) == Self.value)
        #expect(service.decryptions == 0)
    }

    @Test(
        "a configuration that cannot be is refused in upstream's words",
        arguments: [
            (
                "name: vault, endpoint: 'unix:///a'",
                "error while building transformers: KMSv1 is deprecated and will only receive security updates going "
                    + "forward. Use KMSv2 instead.  Set --feature-gates=KMSv1=true to use the deprecated "
                    + "KMSv1 feature."
            ),
            (
                "apiVersion: v2, endpoint: 'unix:///a'",
                "resources[0].providers[0].kms.name: Required value: name is a mandatory field for a provider"
            ),
            (
                "apiVersion: v2, name: 'a:b', endpoint: 'unix:///a'",
                "resources[0].providers[0].kms.name: Invalid value: \"a:b\": invalid KMS provider name a:b, must not "
                    + "contain ':'"
            ),
            (
                "apiVersion: v2, name: vault",
                "resources[0].providers[0].kms.endpoint: Invalid value: \"\": endpoint is a mandatory field for a kms"
            ),
            (
                "apiVersion: v2, name: vault, endpoint: 'tcp://a'",
                "resources[0].providers[0].kms.endpoint: Invalid value: \"tcp://a\": unsupported scheme "
                    + "\"tcp\" for KMS "
                    + "provider, only unix is supported"
            ),
            (
                "apiVersion: v2, name: vault, endpoint: 'unix:///a', cachesize: 5",
                "resources[0].providers[0].kms.cachesize: Invalid value: 5: cachesize is not supported in v2"
            ),
            (
                "apiVersion: v2, name: vault, endpoint: 'unix:///a', timeout: 0s",
                "resources[0].providers[0].kms.timeout: Invalid value: \"0s\": timeout should be a positive value"
            ),
        ])
    func refusals(_ service: String, _ message: String) {
        #expect { try EncryptionProviders(Self.text(service), path: "e.yaml") } throws: {
            ($0 as? ConfigurationError)?.message == message
        }
    }
}
