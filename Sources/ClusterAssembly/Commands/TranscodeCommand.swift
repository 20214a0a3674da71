internal import APIMachinery
internal import ArgumentParser
internal import ClusterPKI
internal import Glibc
internal import KubeAPIServer

/// `apus transcode`: an object in another encoding, to look at it.
struct TranscodeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "transcode",
        abstract: "Write objects in another encoding: JSON, YAML, protobuf, CBOR, or as a store holds them.",
        discussion: """
            The input's encoding is recognized. A value of the store is decrypted with the key of the data directory, \
            or as the encryption configuration says; both need to know where it lay in the store.
            """)

    @Argument(help: "The file to read; default, and '-': standard input.")
    var file: String?

    @Option(name: [.customShort("o"), .long], help: "What is written: json, yaml, protobuf, cbor.")
    var output = WireForm.yaml

    @Option(help: "What is read: json, yaml, protobuf, cbor, store; default: what it looks like.")
    var from: WireForm?

    @Option(
        help: "The kind of protobuf without an envelope: v1/Pod, apps/v1/Deployment.", transform: TranscodeCommand.kind)
    var kind: GroupVersionKind?

    @Flag(help: "Leave out the envelope of protobuf, which says the kind.")
    var bare = false

    @Option(help: "Where a value of the store lay: /registry/core/secrets/default/name.")
    var key: String?

    @Option(help: "Where the server's own key is kept.")
    var dataDir = "/var/lib/apus"

    @Option(help: "The EncryptionConfiguration that the value was written under.")
    var encryptionProviderConfig: String?

    func validate() throws {
        guard output != .store else {
            throw ValidationError("what a store holds can be read, not written: json is the closest")
        }
    }

    func run() async throws {
        var encryption = EncryptionOptions()
        encryption.encryptionProviderConfig = encryptionProviderConfig
        let store = StoredValue(
            ownKey: try SecretFile.read(ClusterPaths(data: dataDir).encryptionKey),
            providers: try encryption.providers(), place: key)
        let path = file ?? "-"
        guard let input = try SecretFile.read(path == "-" ? "/dev/stdin" : path) else {
            throw AssemblyError("open \(path): no such file or directory")
        }
        let objects = try await Transcoder(from: from, kind: kind, store: store).read(input)
        try Self.print(try Transcoder.write(objects, as: output, withEnvelope: !bare))
    }

    /// `apps/v1/Deployment`
    private static func kind(_ text: String) throws -> GroupVersionKind {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard (2...3).contains(parts.count), !parts.contains("") else {
            throw ValidationError("\(text) is no kind: want v1/Pod, apps/v1/Deployment")
        }
        return GroupVersionKind(
            group: parts.count == 3 ? parts[0] : "", version: parts[parts.count - 2], kind: parts[parts.count - 1])
    }

    private static func print(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw AssemblyError("write standard output: \(String(cString: strerror(errno)))") }
            rest = rest.dropFirst(count)
        }
    }
}

extension WireForm: ExpressibleByArgument {}
