internal import ArgumentParser

/// Whom the API server believes when it says who asks, and as whom it asks extension API servers. Names as upstream's.
struct FrontProxyCommandOptions: ParsableArguments {
    @Option(help: "PEM file of the certificate shown to extension API servers; default: one of the cluster's own.")
    var proxyClientCertFile: String?

    @Option(help: "PEM file of its key.")
    var proxyClientKeyFile: String?

    @Option(help: "PEM file of the certificates that sign front proxies; default: the cluster's own.")
    var requestheaderClientCaFile: String?

    @Option(help: "Common names of front proxies, comma separated; empty: all that are signed.")
    var requestheaderAllowedNames: String?

    @Option(help: "Headers that name the user, comma separated.")
    var requestheaderUsernameHeaders: String?

    @Option(help: "Headers that have the user's UID, comma separated.")
    var requestheaderUidHeaders: String?

    @Option(help: "Headers that name the user's groups, comma separated.")
    var requestheaderGroupHeaders: String?

    @Option(help: "What headers with more about the user begin with, comma separated.")
    var requestheaderExtraHeadersPrefix: String?

    var options: FrontProxyOptions {
        FrontProxyOptions(
            clientCertificateFile: proxyClientCertFile, clientKeyFile: proxyClientKeyFile,
            authorityFile: requestheaderClientCaFile, allowedNames: Self.list(requestheaderAllowedNames),
            userHeaders: Self.list(requestheaderUsernameHeaders), uidHeaders: Self.list(requestheaderUidHeaders),
            groupHeaders: Self.list(requestheaderGroupHeaders),
            extraPrefixes: Self.list(requestheaderExtraHeadersPrefix))
    }

    private static func list(_ text: String?) -> [String]? { text?.split(separator: ",").map(String.init) }
}
