import ClusterPKI
import Determinism
import Glibc
import Testing
import X509

@Suite("The folder of a cluster's secrets")
struct ClusterCredentialsTests {
    private let random = SeededRandomSource(seed: 7)
    private let time = ManualTimekeeper()

    /// A new folder below the system's temporary one, removed afterwards.
    private func inFolder(_ body: (String) throws -> Void) throws {
        var template = Array("/tmp/apus-pki-XXXXXX".utf8CString)
        let path = try #require(mkdtemp(&template).map { String(cString: $0) })
        defer { system("rm -rf '\(path)'") }
        try body(path + "/pki")
    }

    private func ensure(_ path: String, hostnames: [String] = ["host"]) throws -> ClusterCredentials {
        try .ensure(directory: path, hostnames: hostnames, ips: ["192.0.2.1"], time: time, random: random)
    }

    @Test func aSecondStartChangesNothing() throws {
        try inFolder { path in
            let first = try ensure(path)
            let second = try ensure(path)
            #expect(first.authority.pem == second.authority.pem)
            #expect(first.apiServer == second.apiServer)
            #expect(first.admin == second.admin)
            #expect(first.tokenKey.pem == second.tokenKey.pem)
        }
    }

    @Test func theServerIsNamedAsPodsCallIt() throws {
        try inFolder { path in
            let server = try CertificateReader.first(in: ensure(path).apiServer.certificate)
            #expect(
                server.alternativeNames.dns == [
                    "kubernetes", "kubernetes.default", "kubernetes.default.svc",
                    "kubernetes.default.svc.cluster.local", "localhost", "host",
                ])
            #expect(server.alternativeNames.ips == ["10.96.0.1", "127.0.0.1", "::1", "192.0.2.1"])
        }
    }

    @Test func aNewHostNameRenewsTheServerAndNothingElse() throws {
        try inFolder { path in
            let first = try ensure(path)
            let second = try ensure(path, hostnames: ["host", "other"])
            #expect(first.apiServer != second.apiServer)
            #expect(first.admin == second.admin)
            #expect(first.authority.pem == second.authority.pem)
        }
    }

    @Test func certificatesAreRenewedWhenAThirdOfTheirLifeIsLeft() throws {
        try inFolder { path in
            let first = try ensure(path)
            time.advance(by: .seconds(240 * 86_400))
            #expect(try ensure(path).admin == first.admin)
            time.advance(by: .seconds(5 * 86_400))
            let renewed = try ensure(path)
            #expect(renewed.admin != first.admin)
            #expect(renewed.authority.pem == first.authority.pem)
        }
    }

    @Test func aRenewedAuthorityKeepsItsKey() throws {
        try inFolder { path in
            let first = try ensure(path)
            time.advance(by: .seconds(3000 * 86_400))
            let renewed = try ensure(path)
            #expect(renewed.authority.pem.key == first.authority.pem.key)
            #expect(renewed.authority.certificate.validUntil > first.authority.certificate.validUntil)
        }
    }

    @Test func nobodyElseCanReadThem() throws {
        try inFolder { path in
            let credentials = try ensure(path)
            _ = try credentials.ensureNode("a", ips: ["192.0.2.7"], time: time, random: random)
            for name in ["ca.key", "admin.key", "admin.crt", "sa.key", "nodes/a/kubelet-client.key"] {
                var status = stat()
                #expect(stat(path + "/" + name, &status) == 0, "\(name)")
                #expect(status.st_mode & 0o777 == 0o600, "\(name)")
            }
            var status = stat()
            #expect(stat(path, &status) == 0)
            #expect(status.st_mode & 0o777 == 0o700)
        }
    }

    @Test func aNodeShowsItsNameInItsGroup() throws {
        try inFolder { path in
            let node = try ensure(path).ensureNode("a", ips: ["192.0.2.7"], time: time, random: random)
            let client = try CertificateReader.first(in: node.client.certificate)
            #expect(client.subject.commonName == "system:node:a")
            #expect(client.subject.organizations == ["system:nodes"])
            let serving = try CertificateReader.first(in: node.serving.certificate)
            #expect(serving.alternativeNames.dns == ["a"])
            #expect(serving.alternativeNames.ips == ["192.0.2.7"])
        }
    }
}
