import APIMachinery
import APIRegistry
import Determinism
import KeyValueStore
import KubeAPIServer
import Synchronization
import Testing

/// How values lie in the store under a configuration.
@Suite("Encryption providers")
struct EncryptionProvidersTests {
    private static let secrets = GroupResource(group: "", resource: "secrets")
    private static let place = "/registry/core/secrets/default/a"
    private static let key1 = "Zmlyc3Qga2V5IG9mIHRoaXJ0eS10d28gYnl0ZXMgMTI="
    private static let key2 = "b3RoZXIga2V5IG9mIHRoaXJ0eS10d28gYnl0ZXMgNDU="

    private static func text(_ providers: String, resources: String = "[secrets]") -> [UInt8] {
        Array(
            """
            apiVersion: apiserver.config.k8s.io/v1
            kind: EncryptionConfiguration
            resources:
            - resources: \(resources)
              providers: \(providers)
            """.utf8)
    }

    private static func transformer(
        _ providers: String, resources: String = "[secrets]", for resource: GroupResource = secrets
    ) throws -> ConfiguredTransformer {
        ConfiguredTransformer(
            resource, try EncryptionProviders(text(providers, resources: resources), path: "e.yaml"),
            former: PlainTransformer(), random: SeededRandomSource(seed: 1))
    }

    @Test(
        "a provider writes under its prefix and its key's name, and reads it again",
        arguments: ["aesgcm", "aescbc", "secretbox"])
    func roundTrip(_ name: String) throws {
        let transformer = try Self.transformer("[{\(name): {keys: [{name: key1, secret: \(Self.key1)}]}}]")
        let value = Array("a value of some length".utf8)
        let sealed = try transformer.seal(value, key: Self.place)
        #expect(String(decoding: sealed.prefix(32), as: UTF8.self).hasPrefix("k8s:enc:\(name):v1:key1:"))
        #expect(try transformer.open(sealed, key: Self.place) == value)
        if name == "aesgcm" {
            // A value cannot be moved to another object.
            #expect(throws: StoreError.self) { _ = try transformer.open(sealed, key: Self.place + "b") }
        }
    }

    /// Bytes as Kubernetes' own provider wrote them (Go's crypto/cipher, vectors fixed).
    @Test("what Kubernetes wrote can be read")
    func foreign() throws {
        let transformer = try Self.transformer(
            "[{aescbc: {keys: [{name: key1, secret: MDEyMzQ1Njc4OWFiY2RlZg==}]}}]")
        // openssl enc -aes-128-cbc -K 30313233343536373839616263646566 -iv 00000000000000000000000000000000
        let cipher: [UInt8] = Self.openSSL
        let stored = Array("k8s:enc:aescbc:v1:key1:".utf8) + [UInt8](repeating: 0, count: 16) + cipher
        #expect(try transformer.open(stored, key: Self.place) == Array("kubernetes".utf8))
    }

    private static let openSSL: [UInt8] = [
        0x53, 0xcf, 0xcf, 0x9c, 0x34, 0x91, 0x05, 0xff, 0x28, 0x8a, 0x9b, 0xc4, 0x3c, 0xe5, 0x74, 0x77,
    ]

    @Test("the first writes, all read, and the clear text is read where that is allowed")
    func rotation() throws {
        let old = try Self.transformer("[{aesgcm: {keys: [{name: a, secret: \(Self.key1)}]}}]")
        let both = try Self.transformer(
            "[{aescbc: {keys: [{name: b, secret: \(Self.key2)}]}}, "
                + "{aesgcm: {keys: [{name: a, secret: \(Self.key2)}]}}, "
                + "{aesgcm: {keys: [{name: a, secret: \(Self.key1)}]}}, {identity: {}}]")
        let value = Array("x".utf8)
        let written = try old.seal(value, key: Self.place)
        #expect(try both.open(written, key: Self.place) == value)
        #expect(try both.open(value, key: Self.place) == value)
        #expect(try both.seal(value, key: Self.place).starts(with: Array("k8s:enc:aescbc:v1:b:".utf8)))
        #expect(throws: StoreError.self) { _ = try old.open(value, key: Self.place) }
        let plain = try Self.transformer("[{identity: {}}]")
        #expect(throws: StoreError.self) { _ = try plain.open(written, key: Self.place) }
        #expect(try plain.seal(value, key: Self.place) == value)
    }

    @Test(
        "a resource is found by its name, by its group and by everything",
        arguments: [
            ("[secrets]", "", "secrets", true), ("[secrets]", "", "configmaps", false), ("['*.']", "", "pods", true),
            ("['*.apps']", "apps", "deployments", true), ("['*.apps']", "batch", "jobs", false),
            ("['*.*']", "example.com", "widgets", true), ("[widgets.example.com]", "example.com", "widgets", true),
        ])
    func wildcards(_ resources: String, _ group: String, _ resource: String, _ isEncrypted: Bool) throws {
        let transformer = try Self.transformer(
            "[{aesgcm: {keys: [{name: a, secret: \(Self.key1)}]}}]", resources: resources,
            for: GroupResource(group: group, resource: resource))
        let sealed = try transformer.seal([1], key: "/x")
        #expect((sealed != [1]) == isEncrypted)
    }

    @Test("a changed file is taken over, a faulty one is not")
    func reload() async throws {
        let file = Mutex(Self.text("[{identity: {}}]"))
        let providers = try EncryptionProviders(file.withLock { $0 }, path: "e.yaml", read: { file.withLock { $0 } })
        let transformer = ConfiguredTransformer(
            Self.secrets, providers, former: PlainTransformer(), random: SeededRandomSource(seed: 1))
        #expect(try transformer.seal([7], key: Self.place) == [7])
        file.withLock { $0 = Self.text("[{aesgcm: {keys: [{name: a, secret: \(Self.key1)}]}}, {identity: {}}]") }
        try await providers.reload()
        #expect(try transformer.seal([7], key: Self.place) != [7])
        #expect(try transformer.open([7], key: Self.place) == [7])
        file.withLock { $0 = Array("nonsense".utf8) }
        await #expect(throws: ConfigurationError.self) { try await providers.reload() }
        #expect(try transformer.seal([7], key: Self.place) != [7])
    }

    @Test(
        "a faulty configuration is refused in upstream's words, and tells no secret",
        arguments: [
            (
                "[]", "[secrets]",
                "resources[0].providers: Required value: at least one resources[0].providers is required"
            ),
            (
                "[{aesgcm: {keys: [{name: a, secret: YQ==}]}}]", "[secrets]",
                "resources[0].providers[0].aesgcm.keys[0].secret: Invalid value: \"REDACTED\": secret is not of the "
                    + "expected length, got 1, expected one of [16 24 32]"
            ),
            (
                "[{secretbox: {keys: [{name: a, secret: '%%'}]}}]", "[secrets]",
                "resources[0].providers[0].secretbox.keys[0].secret: Invalid value: \"REDACTED\": secrets must be "
                    + "base64 encoded"
            ),
            (
                "[{aesgcm: {keys: []}}]", "[secrets]",
                "resources[0].providers[0].aesgcm.keys: Required value: at least one keys is required"
            ),
            (
                "[{identity: {}}]", "[secrets, '*.']",
                "resources[0].resources: Invalid value: [\"secrets\",\"*.\"]: using overlapping resources such as "
                    + "'secrets' and '*.' in the same resource list is not allowed as they will be masked"
            ),
            (
                "[{identity: {}}]", "['*']",
                "resources[0].resources[0]: Invalid value: \"*\": use '*.' to encrypt all the resources from core API "
                    + "group or *.* to encrypt all resources"
            ),
            (
                "[{identity: {}, extra: {}}]", "[secrets]",
                "error decoding encryption provider configuration file \"e.yaml\": strict decoding error: unknown "
                    + "field \"resources[0].providers[0].extra\""
            ),
        ])
    func faults(_ providers: String, _ resources: String, _ message: String) {
        #expect(throws: ConfigurationError(message)) {
            _ = try EncryptionProviders(Self.text(providers, resources: resources), path: "e.yaml")
        }
    }
}
