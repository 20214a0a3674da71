internal import ClusterPKI
internal import KubeAPIServer

/// How the API server and extension API servers know each other; what is `nil` is as the cluster's own keys have it.
struct FrontProxyOptions: Sendable {
    var clientCertificateFile: String?
    var clientKeyFile: String?
    var authorityFile: String?
    var allowedNames: [String]?
    var userHeaders: [String]?
    var uidHeaders: [String]?
    var groupHeaders: [String]?
    var extraPrefixes: [String]?

    func configuration(_ credentials: ClusterCredentials) throws -> FrontProxyConfiguration {
        var client = credentials.frontProxyClient
        if let clientCertificateFile { client.certificate = try Self.read(clientCertificateFile) }
        if let clientKeyFile { client.key = try Self.read(clientKeyFile) }
        var requestHeader = RequestHeaderOptions(authority: credentials.frontProxyAuthority.pem.certificate)
        if let authorityFile { requestHeader.authority = try Self.read(authorityFile) }
        if let allowedNames { requestHeader.allowedNames = allowedNames }
        if let userHeaders { requestHeader.userHeaders = userHeaders }
        if let uidHeaders { requestHeader.uidHeaders = uidHeaders }
        if let groupHeaders { requestHeader.groupHeaders = groupHeaders }
        if let extraPrefixes { requestHeader.extraPrefixes = extraPrefixes }
        return FrontProxyConfiguration(client: client, requestHeader: requestHeader)
    }

    private static func read(_ path: String) throws -> String {
        guard let text = try SecretFile.readText(path) else { throw PKIError(.file, "\(path) is not there") }
        return text
    }
}
