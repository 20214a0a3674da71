internal import APIClient
package import APIMachinery

/// `/livez`, `/readyz`, `/healthz` and `/version`.
package struct HealthPages: PageHandler {
    package enum Page: String, Sendable, CaseIterable { case livez, readyz, healthz }

    /// A named condition.
    package struct Check: Sendable {
        package let name: String
        /// On which pages it counts.
        package let pages: Set<Page>
        /// `nil` is good, a text says what is wrong.
        package let problem: @Sendable () async -> String?

        package init(
            _ name: String, on pages: Set<Page> = Set(Page.allCases), problem: @escaping @Sendable () async -> String?
        ) {
            self.name = name
            self.pages = pages
            self.problem = problem
        }
    }

    private let checks: [Check]
    private let version: Value
    private let metrics: HealthMetrics?

    package init(checks: [Check], version: Value) {
        self.init(checks: checks, version: version, metrics: nil)
    }

    init(checks: [Check], version: Value, metrics: HealthMetrics?) {
        self.checks = checks
        self.version = version
        self.metrics = metrics
    }

    package func answer(
        _ request: ServerRequest, _ info: RequestInfo, _ user: UserInfo
    ) async throws(StatusError) -> ServerAnswer? {
        guard request.method == .get || request.method == .head else { return nil }
        let parts = request.path.split(separator: "/", maxSplits: 1).map(String.init)
        guard let first = parts.first else { return nil }
        if first == "version", parts.count == 1 { return .response(.json(200, PrettyJSON.indented([version.json]))) }
        guard let page = Page(rawValue: first) else { return nil }
        let own = checks.filter { $0.pages.contains(page) }
        guard let name = parts.dropFirst().first else { return await report(page, own, request.query) }
        guard let check = own.first(where: { $0.name == name }) else { return nil }
        guard let problem = await check.problem() else { return .response(.text(200, "ok")) }
        return .response(.text(500, "internal server error: \(problem)\n"))
    }

    private func report(_ page: Page, _ checks: [Check], _ query: QueryParameters) async -> ServerAnswer {
        var strangers = Set(query.all("exclude"))
        let excluded = strangers
        var text = ""
        var failed = false
        for check in checks {
            if excluded.contains(check.name) {
                strangers.remove(check.name)
                text += "[+]\(check.name) excluded: ok\n"
                continue
            }
            let isGood = await check.problem() == nil
            metrics?.observe(check.name, page, isGood: isGood)
            text += isGood ? "[+]\(check.name) ok\n" : "[-]\(check.name) failed: reason withheld\n"
            if !isGood { failed = true }
        }
        if !strangers.isEmpty {
            let names = strangers.sorted().map(GoText.quote).joined(separator: ",")
            text += "warn: some health checks cannot be excluded: no matches for \(names)\n"
        }
        var response: ServerResponse
        if failed {
            response = .text(500, "\(text)\(page.rawValue) check failed\n")
        } else if query["verbose"] == nil {
            response = .text(200, "ok")
        } else {
            response = .text(200, "\(text)\(page.rawValue) check passed\n")
        }
        response.headers.append(("X-Content-Type-Options", "nosniff"))
        return .response(response)
    }
}
