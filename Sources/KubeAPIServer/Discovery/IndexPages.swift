internal import APIClient
package import APIMachinery

/// `/`: the paths that are served.
package struct IndexPages: PageHandler {
    private static let always = [
        "/.well-known/openid-configuration", "/api", "/apis", "/apis/", "/flagz", "/metrics", "/metrics/slis", "/openapi/v2",
        "/openapi/v3", "/openapi/v3/", "/openid/v1/jwks", "/statusz", "/version",
    ]

    private let catalog: ResourceCatalog
    private let remotes: RemoteVersions
    private let checks: [HealthPages.Check]

    init(catalog: ResourceCatalog, remotes: RemoteVersions, checks: [HealthPages.Check]) {
        self.catalog = catalog
        self.remotes = remotes
        self.checks = checks
    }

    package func answer(
        _ request: ServerRequest, _ info: RequestInfo, _ user: UserInfo
    ) async throws(StatusError) -> ServerAnswer? {
        guard ["", "/", "/index.html"].contains(request.path) else { return nil }
        var paths = Set(Self.always)
        for page in HealthPages.Page.allCases {
            paths.insert("/\(page.rawValue)")
            for check in checks where check.pages.contains(page) { paths.insert("/\(page.rawValue)/\(check.name)") }
        }
        for group in GroupListing(catalog.all, remotes: remotes.all, priority: remotes.priority).groups {
            let root = group.name.isEmpty ? "/api" : "/apis/\(group.name)"
            paths.insert(root)
            for version in group.versions { paths.insert("\(root)/\(version.name.version)") }
        }
        let document: Value = ["paths": .strings(paths.sorted())]
        return .response(.json(200, PrettyJSON.indented([document.json])))
    }
}

/// What is said where nothing is: upstream's router speaks for the groups that it serves itself, Go's for all else.
package struct MissingPages: PageHandler {
    private let catalog: ResourceCatalog

    init(catalog: ResourceCatalog) { self.catalog = catalog }

    package func answer(
        _ request: ServerRequest, _ info: RequestInfo, _ user: UserInfo
    ) async throws(StatusError) -> ServerAnswer? {
        let parts = request.path.split(separator: "/", maxSplits: 3)
        let isRouted =
            switch parts.first {
            case "api", "version": true
            case "apis" where parts.count > 1: catalog.all.contains { !$0.isCustom && $0.info.group == parts[1] }
            case _: false
            }
        if isRouted, request.path == "/version" { throw .noSuchMethod() }
        guard !isRouted || request.path.hasPrefix("//") else { throw .noSuchPage() }
        var response = ServerResponse.text(404, "404 page not found\n")
        response.headers.append(("X-Content-Type-Options", "nosniff"))
        return .response(response)
    }
}
