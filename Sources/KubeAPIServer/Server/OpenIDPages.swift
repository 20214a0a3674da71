internal import APIClient
internal import APIMachinery
internal import ClusterPKI

/// What lets others check our service-account tokens.
struct OpenIDPages: PageHandler {
    /// How long the documents may be kept, in seconds.
    private static let age = 3600

    let issuer: String
    let server: String
    let keys: [TokenVerificationKey]

    func answer(
        _ request: ServerRequest, _ info: RequestInfo, _ user: UserInfo
    ) async throws(StatusError) -> ServerAnswer? {
        guard request.method == .get || request.method == .head else { return nil }
        switch request.path {
        case OpenIDDocuments.discoveryPath:
            return page("application/json", OpenIDDocuments.discovery(issuer: issuer, serverURL: server, keys: keys))
        case OpenIDDocuments.jwksPath:
            do { return page(OpenIDDocuments.jwksMediaType, try OpenIDDocuments.jwks(keys)) } catch {
                throw .internalError("\(error)")
            }
        case _:
            return nil
        }
    }

    private func page(_ type: String, _ body: [UInt8]) -> ServerAnswer {
        .response(
            ServerResponse(
                200, contentType: type, headers: [("Cache-Control", "public, max-age=\(Self.age)")], body: [body]))
    }
}
