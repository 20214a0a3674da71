import Determinism
import EtcdStore
import KeyValueStore
import Logging
import Synchronization

/// Debian's etcd: one member of a cluster, on the loopback, in a directory of the test.
final class EtcdServer: Sendable {
    let url: String
    private let arguments: [String]
    private let log: String
    private let process = Mutex<ChildProcess?>(nil)

    private init(name: String, port: Int, peer: Int, cluster: String, directory: String, certificates: Certificates?) {
        url = "\(certificates == nil ? "http" : "https")://127.0.0.1:\(port)"
        log = "\(directory)/\(name).log"
        var arguments = [
            "--name", name, "--data-dir", "\(directory)/\(name)",
            "--listen-client-urls", url, "--advertise-client-urls", url,
            "--listen-peer-urls", "http://127.0.0.1:\(peer)",
            "--initial-advertise-peer-urls", "http://127.0.0.1:\(peer)", "--initial-cluster", cluster,
        ]
        if let certificates {
            arguments += [
                "--client-cert-auth", "--trusted-ca-file", certificates.authority,
                "--cert-file", certificates.server, "--key-file", certificates.serverKey,
            ]
        }
        self.arguments = arguments
    }

    func start() throws {
        let started = try ChildProcess("/usr/bin/etcd", arguments, package: "etcd-server", output: log)
        process.withLock { $0 = started }
    }

    func kill() { process.withLock { $0.take() }?.killAndWait() }

    /// Runs `body` with a cluster of so many members, all ready.
    static func with<T>(
        members: Int = 1, certificates: Certificates? = nil, in directory: String,
        _ body: ([EtcdServer]) async throws -> T
    ) async throws -> T {
        let ports = try freePorts(2 * members)
        let cluster = (0..<members).map { "m\($0)=http://127.0.0.1:\(ports[2 * $0 + 1])" }.joined(separator: ",")
        let servers = (0..<members).map {
            EtcdServer(
                name: "m\($0)", port: ports[2 * $0], peer: ports[2 * $0 + 1], cluster: cluster,
                directory: directory, certificates: certificates)
        }
        defer { for server in servers { server.kill() } }
        for server in servers { try server.start() }
        for server in servers { try await server.waitUntilReady(certificates) }
        return try await body(servers)
    }

    private func waitUntilReady(_ certificates: Certificates?) async throws {
        let store = try EtcdStore(certificates.options([url]), logger: .silent)
        _ = try await store.currentRevision()
        await store.close()
    }
}

/// An authority, and what it vouches for, made by openssl.
struct Certificates: Sendable {
    let authority: String
    let server: String
    let serverKey: String
    let client: String
    let clientKey: String

    init(in directory: String) throws {
        authority = directory + "/ca.pem"
        (server, serverKey) = (directory + "/server.pem", directory + "/server.key")
        (client, clientKey) = (directory + "/client.pem", directory + "/client.key")
        let curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
        try ChildProcess.run(
            "/usr/bin/openssl",
            ["req", "-x509"] + curve + ["-subj", "/CN=ca", "-keyout", directory + "/ca.key", "-out", authority],
            package: "openssl", output: directory + "/openssl.log")
        for (certificate, key, name) in [(server, serverKey, "server"), (client, clientKey, "client")] {
            try ChildProcess.run(
                "/usr/bin/openssl",
                ["req", "-x509"] + curve + [
                    "-subj", "/CN=\(name)", "-addext", "subjectAltName=IP:127.0.0.1", "-addext",
                    "extendedKeyUsage=serverAuth,clientAuth", "-addext", "basicConstraints=critical,CA:FALSE",
                    "-CA", authority, "-CAkey", directory + "/ca.key", "-keyout", key, "-out", certificate,
                ],
                package: "openssl", output: directory + "/openssl.log")
        }
    }
}

extension Certificates? {
    /// How to reach servers at these URLs.
    func options(_ urls: [String]) -> EtcdStoreOptions {
        EtcdStoreOptions(
            endpoints: urls, authorityFile: self?.authority, certificateFile: self?.client, keyFile: self?.clientKey)
    }
}

extension Logger {
    static let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
}
