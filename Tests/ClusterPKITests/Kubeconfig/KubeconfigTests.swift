import ClusterPKI
import Testing

@Suite("Kubeconfig files")
struct KubeconfigTests {
    @Test func whatIsWrittenReadsBack() throws {
        let config = Kubeconfig(
            server: "https://127.0.0.1:6443", userName: "kubernetes-admin", authority: "CA",
            client: PEMPair(certificate: "CERT", key: "KEY"))
        #expect(try Kubeconfig(yaml: config.yaml) == config)
        var strange = config
        strange.clusterName = "true"
        strange.userName = "a: \"b\"\n#c"
        strange.namespace = "12"
        strange.token = "- x"
        strange.isTLSVerificationSkipped = true
        strange.tlsServerName = "name"
        #expect(try Kubeconfig(yaml: strange.yaml) == strange)
    }

    @Test func theTextIsAsKubectlWritesIt() {
        let config = Kubeconfig(
            server: "https://h:1", userName: "u", certificateAuthority: .file("/ca.crt"), token: "t")
        #expect(
            config.yaml == """
                apiVersion: v1
                clusters:
                - cluster:
                    certificate-authority: /ca.crt
                    server: https://h:1
                  name: kubernetes
                contexts:
                - context:
                    cluster: kubernetes
                    user: u
                  name: u@kubernetes
                current-context: u@kubernetes
                kind: Config
                users:
                - name: u
                  user:
                    token: t

                """.replacing("/ca.crt", with: "\"/ca.crt\""))
    }

    @Test func pathsCountFromTheFilesFolder() throws {
        let text = """
            current-context: c
            contexts: [{name: c, context: {cluster: k, user: u, namespace: n}}, {name: d, context: {cluster: l}}]
            clusters: [{name: k, cluster: {server: "https://k", certificate-authority: ca.crt}},
              {name: l, cluster: {server: "https://l", insecure-skip-tls-verify: true}}]
            users: [{name: u, user: {client-certificate: /c.crt, client-key: c.key, tokenFile: token}}]
            """
        let config = try Kubeconfig(yaml: text, folder: "/etc/k/")
        #expect(config.namespace == "n")
        #expect(config.certificateAuthority == .file("/etc/k/ca.crt"))
        #expect(config.clientCertificate == .file("/c.crt"))
        #expect(config.clientKey == .file("/etc/k/c.key"))
        #expect(config.tokenFile == "/etc/k/token")
        let other = try Kubeconfig(yaml: text, context: "d")
        #expect(other.server == "https://l")
        #expect(other.isTLSVerificationSkipped)
    }

    @Test(arguments: ["", "{", "a: b", "current-context: c", "current-context: c\ncontexts: [{name: c, context: {}}]"])
    func whatIsNoKubeconfigIsRefused(_ text: String) {
        #expect(throws: PKIError.self) { try Kubeconfig(yaml: text) }
    }
}
