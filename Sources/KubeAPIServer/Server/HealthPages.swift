internal import APIClient
package import APIMachinery

/// `/livez`, `/readyz`, `/healthz` and `/version`.
package struct HealthPages: PageHandler {
    /// A named condition; `nil` is good, a text says what is wrong.
    package struct Check: Sendable {
        package let name: String
        package let isHealthy: @Sendable () -> Bool

        package init(_ name: String, isHealthy: @escaping @Sendable () -> Bool) {
            self.name = name
            self.isHealthy = isHealthy
        }
    }

    private let checks: [Check]
    private let version: Value

    package init(checks: [Check], version: Value) {
        self.checks = checks
        self.version = version
    }

    package func answer(
        _ request: ServerRequest, _ info: RequestInfo, _ user: UserInfo
    ) async throws(StatusError) -> ServerAnswer? {
        let parts = request.path.split(separator: "/")
        guard let first = parts.first, request.method == .get || request.method == .head else { return nil }
        switch first {
        case "version" where parts.count == 1:
            return .response(.json(200, version.json))
        case "livez", "readyz", "healthz":
            return report(String(first), parts.dropFirst().first.map(String.init), request)
        case _:
            return nil
        }
    }

    private func report(_ page: String, _ only: String?, _ request: ServerRequest) -> ServerAnswer? {
        let excluded = Set(request.query.all("exclude"))
        var lines: [String] = []
        var failed = false
        for check in checks where only == nil || check.name == only {
            if excluded.contains(check.name) {
                lines.append("[+]\(check.name) excluded: ok")
            } else if check.isHealthy() {
                lines.append("[+]\(check.name) ok")
            } else {
                failed = true
                lines.append("[-]\(check.name) failed: reason withheld")
            }
        }
        if only != nil, lines.isEmpty { return nil }
        if failed {
            return .response(.text(500, lines.joined(separator: "\n") + "\n\(page) check failed\n"))
        }
        guard request.query["verbose"] != nil else { return .response(.text(200, "ok")) }
        return .response(.text(200, lines.joined(separator: "\n") + "\n\(page) check passed\n"))
    }
}
