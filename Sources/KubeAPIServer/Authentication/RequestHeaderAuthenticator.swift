internal import APIClient
package import ClusterPKI
package import Determinism

/// Whom the server believes when they say in headers who asks, and in which (upstream's flags `--requestheader-...`).
package struct RequestHeaderOptions: Sendable, Equatable {
    /// PEM certificates that sign front proxies.
    package var authority: String
    /// Common names of front proxies; empty believes everybody whom the authority signed.
    package var allowedNames: [String]
    package var userHeaders: [String]
    package var uidHeaders: [String]
    package var groupHeaders: [String]
    package var extraPrefixes: [String]

    package init(
        authority: String, allowedNames: [String] = ["front-proxy-client"], userHeaders: [String] = ["X-Remote-User"],
        uidHeaders: [String] = ["X-Remote-Uid"], groupHeaders: [String] = ["X-Remote-Group"],
        extraPrefixes: [String] = ["X-Remote-Extra-"]
    ) {
        self.authority = authority
        self.allowedNames = allowedNames
        self.userHeaders = userHeaders
        self.uidHeaders = uidHeaders
        self.groupHeaders = groupHeaders
        self.extraPrefixes = extraPrefixes
    }

    /// The user that the headers name; `nil` when they name none.
    package func user(_ headers: RequestHeaders) -> UserInfo? {
        guard let name = first(userHeaders, headers) else { return nil }
        let groups = groupHeaders.flatMap { headers.all($0.lowercased()) }
        var extra: [String: [String]] = [:]
        for prefix in extraPrefixes.map({ $0.lowercased() }) {
            for (header, value) in headers.everything where header.hasPrefix(prefix) {
                let encoded = String(header.dropFirst(prefix.count))
                extra[PercentEncoding.decode(encoded[...]) ?? encoded, default: []].append(value)
            }
        }
        let known = groups.contains(UserGroup.authenticated) || groups.contains(UserGroup.unauthenticated)
        return UserInfo(
            name: name, uid: first(uidHeaders, headers) ?? "",
            groups: known || name == UserInfo.anonymous.name ? groups : groups + [UserGroup.authenticated],
            extra: extra)
    }

    private func first(_ names: [String], _ headers: RequestHeaders) -> String? {
        names.lazy.compactMap { headers[$0.lowercased()] }.first { !$0.isEmpty }
    }
}

/// Believes front proxies, who show a certificate of their own authority.
package struct RequestHeaderAuthenticator: Sendable {
    private let options: RequestHeaderOptions
    private let certificates: ClientCertificateVerifier

    package init(_ options: RequestHeaderOptions, time: any Timekeeper) throws {
        self.options = options
        certificates = try ClientCertificateVerifier(authorities: options.authority, time: time)
    }

    /// `nil` when it is no front proxy that asks, or it names nobody.
    package func identify(_ request: ServerRequest) -> UserInfo? {
        guard let user = options.user(request.headers),
            case .success(let proxy) = certificates.verify(request.credentials.peer.chain),
            options.allowedNames.isEmpty || options.allowedNames.contains(proxy.userName)
        else { return nil }
        return user
    }
}

/// What makes this server a front proxy of others, and others front proxies of it.
package struct FrontProxyConfiguration: Sendable {
    /// What it shows to extension API servers.
    package let client: Replaceable<PEMPair>
    package var requestHeader: RequestHeaderOptions

    package init(client: PEMPair, requestHeader: RequestHeaderOptions) {
        self.client = Replaceable(client)
        self.requestHeader = requestHeader
    }
}
