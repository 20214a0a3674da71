/// How to reach an API server and as whom: one cluster, one user and one context of a kubeconfig file.
package struct Kubeconfig: Sendable, Equatable {
    /// Bytes that are in the file itself, or the path of the file that has them.
    package enum Source: Sendable, Equatable {
        case data([UInt8])
        case file(String)

        /// The bytes, read now if they are in a file.
        package func load() throws -> [UInt8] {
            switch self {
            case .data(let bytes): return bytes
            case .file(let path):
                guard let bytes = try SecretFile.read(path) else { throw PKIError(.file, "there is no \(path)") }
                return bytes
            }
        }
    }

    package var clusterName: String
    package var userName: String
    package var contextName: String
    /// `https://127.0.0.1:6443`.
    package var server: String
    /// The namespace of the context, empty for `default`.
    package var namespace: String
    package var certificateAuthority: Source?
    package var isTLSVerificationSkipped: Bool
    /// The name to ask the server's certificate for, empty for that of the URL.
    package var tlsServerName: String
    package var clientCertificate: Source?
    package var clientKey: Source?
    package var token: String
    package var tokenFile: String

    package init(
        server: String, clusterName: String = "kubernetes", userName: String, contextName: String? = nil,
        namespace: String = "", certificateAuthority: Source? = nil, isTLSVerificationSkipped: Bool = false,
        tlsServerName: String = "", clientCertificate: Source? = nil, clientKey: Source? = nil, token: String = "",
        tokenFile: String = ""
    ) {
        self.clusterName = clusterName
        self.userName = userName
        self.contextName = contextName ?? userName + "@" + clusterName
        self.server = server
        self.namespace = namespace
        self.certificateAuthority = certificateAuthority
        self.isTLSVerificationSkipped = isTLSVerificationSkipped
        self.tlsServerName = tlsServerName
        self.clientCertificate = clientCertificate
        self.clientKey = clientKey
        self.token = token
        self.tokenFile = tokenFile
    }

    /// A kubeconfig that carries its certificates with it.
    package init(server: String, userName: String, authority: String, client: PEMPair) {
        self.init(
            server: server, userName: userName, certificateAuthority: .data(Array(authority.utf8)),
            clientCertificate: .data(Array(client.certificate.utf8)), clientKey: .data(Array(client.key.utf8)))
    }
}
