package import APIMachinery
package import Determinism
internal import Synchronization

/// The way of every request: who asks, may they, and then to whom it is for.
///
/// Answers from the caller's thread when memory has the answer, else asynchronously.
package struct RequestPipeline: Sendable {
    /// At most so many requests that wait for something at once; watches apart.
    package static let inFlightMax = 600

    let authenticator: any Authenticator
    let authorizer: any Authorizer
    let catalog: ResourceCatalog
    let aggregation: AggregationProxy
    let reads: ResourceReads
    let writes: ResourceWrites
    let subresources: [String: any SubresourceHandler]
    /// Resources that are asked and not stored: reviews, metrics.
    let virtuals: [String: any SubresourceHandler]
    /// Everything that is no resource: discovery, health, metrics, OpenAPI.
    let pages: [any PageHandler]
    let metrics: RequestMetrics
    let time: any Timekeeper

    /// A request that has been let in.
    fileprivate enum Admitted: Sendable {
        case resource(ResourceCall)
        case page(RequestInfo, UserInfo)
        /// For an extension API server.
        case remote(RegisteredService, UserInfo)
    }

    /// What has become of a request at first sight.
    package enum Beginning: Sendable {
        case answered(ServerAnswer)
        /// It has been let in; ask for its answer.
        case waiting(WaitingRequest)
    }

    /// A request that has been let in and whose answer takes waiting.
    package struct WaitingRequest: Sendable {
        fileprivate let request: ServerRequest
        fileprivate let admitted: Admitted
        fileprivate let type: NegotiatedType?
        fileprivate let warnings: WarningCollector

        /// True for objects: between its waits it needs the thread for a fraction of a millisecond.
        package var isBrief: Bool { if case .resource = admitted { true } else { false } }
    }

    /// Lets a request in, and answers it when memory has the answer.
    package func begin(_ request: ServerRequest) -> Beginning {
        let type = NegotiatedType.negotiate(accept: request.headers["accept"])
        let warnings = WarningCollector()
        do throws(StatusError) {
            let admitted = try admit(request, type, warnings)
            if case .resource(let call) = admitted, let answer = try answerNow(call) { return .answered(answer) }
            return .waiting(WaitingRequest(request: request, admitted: admitted, type: type, warnings: warnings))
        } catch {
            return .answered(.response(.failure(error, as: type ?? .json)))
        }
    }

    package func answer(_ waiting: WaitingRequest) async -> ServerAnswer {
        do throws(StatusError) {
            guard metrics.enter(limit: Self.inFlightMax) else {
                throw .tooManyRequests("too many requests, please try again later", retryAfter: 1)
            }
            defer { metrics.leave() }
            let answer =
                switch waiting.admitted {
                case .resource(let call): try await self.answer(call)
                case .page(let info, let user): try await page(waiting.request, info, user)
                case .remote(let service, let user): aggregation.answer(waiting.request, user, service)
                }
            return Self.with(waiting.warnings, answer)
        } catch {
            return Self.with(waiting.warnings, .response(.failure(error, as: waiting.type ?? .json)))
        }
    }

    private func answerNow(_ call: ResourceCall) throws(StatusError) -> ServerAnswer? {
        guard call.info.subresource.isEmpty, call.resource.info.storageVersion != nil else { return nil }
        guard ["get", "list", "watch"].contains(call.info.verb) else { return nil }
        // A deprecated version brings a warning with its answer.
        guard call.resource.warning == nil else { return nil }
        try checkVerb(call)
        return try reads.answerNow(call)
    }

    private func answer(_ call: ResourceCall) async throws(StatusError) -> ServerAnswer {
        try checkVerb(call)
        if let warning = call.resource.warning { call.warnings.add(warning) }
        let subresource = call.info.subresource
        if call.resource.info.storageVersion == nil {
            guard let handler = virtuals[call.resource.info.groupResource.description] else { throw .noSuchPage() }
            // What is made for one answer has no metadata to make a table of.
            guard call.info.verb != "create" || call.type.shape == .object else {
                throw .notAcceptable(NegotiatedType.supported)
            }
            return try await handler.answer(call)
        }
        if !subresource.isEmpty, subresource != "status" || call.info.verb == "create" {
            let key = call.resource.info.groupResource.description
            let handler = subresources["\(key)/\(subresource)"] ?? subresources["*/\(subresource)"]
            guard let handler else { throw .noSuchPage() }
            return try await handler.answer(call)
        }
        switch call.info.verb {
        case "get", "list", "watch": return try await reads.answer(call)
        case _: return try await writes.answer(call)
        }
    }

    private func page(
        _ request: ServerRequest, _ info: RequestInfo, _ user: UserInfo
    ) async throws(StatusError) -> ServerAnswer {
        for page in pages {
            if let answer = try await page.answer(request, info, user) { return answer }
        }
        throw .noSuchPage()
    }

    // MARK: Letting in

    private func admit(
        _ request: ServerRequest, _ type: NegotiatedType?, _ warnings: WarningCollector
    ) throws(StatusError) -> Admitted {
        let info = RequestInfo(method: request.method, path: request.path, query: request.query)
        let user = try authenticator.authenticate(request)
        try authorize(info, user, request)
        if let service = aggregation.service(at: request.path) { return .remote(service, user) }
        guard info.isResourceRequest,
            let resource = catalog.resource(group: info.group, version: info.version, resource: info.resource)
        else { return .page(info, user) }
        guard let type else { throw .notAcceptable(NegotiatedType.supported) }
        let isDryRun = try DryRun.isAsked(by: [request.query["dryRun"] ?? ""], verb: info.verb)
        return .resource(
            ResourceCall(
                request: request, info: info, user: user, resource: resource, type: type, isDryRun: isDryRun,
                warnings: warnings))
    }

    private func authorize(_ info: RequestInfo, _ user: UserInfo, _ request: ServerRequest) throws(StatusError) {
        let attributes =
            info.isResourceRequest
            ? AuthorizationAttributes(
                user: user, verb: info.verb, apiGroup: info.group, apiVersion: info.version,
                resource: info.resource, subresource: info.subresource, namespace: info.namespace,
                name: info.name, path: request.path, fieldSelector: Self.fieldEqualities(request.query))
            : AuthorizationAttributes(user: user, verb: info.verb, path: request.path)
        try authorize(attributes)
        // A WebSocket begins as a GET, and who may only look may not type: these need `create` however they begin.
        guard info.verb == "get", info.group.isEmpty, info.resource == "pods",
            ["exec", "attach", "portforward"].contains(info.subresource)
        else { return }
        var creation = attributes
        creation.verb = "create"
        try authorize(creation)
    }

    private func authorize(_ attributes: AuthorizationAttributes) throws(StatusError) {
        switch authorizer.authorize(attributes) {
        case .allow: return
        case .deny(let reason), .noOpinion(let reason):
            throw ForbiddenMessage.status(for: attributes, reason: reason)
        }
    }

    private static func fieldEqualities(_ query: QueryParameters) -> [AuthorizationAttributes.FieldEquality] {
        guard let text = query["fieldSelector"], !text.isEmpty,
            // A selector that cannot be read is refused later, with its own message.
            let selector = try? FieldSelector(parsing: text)
        else { return [] }
        return selector.requirements.filter { !$0.isNegated }.map {
            AuthorizationAttributes.FieldEquality(field: $0.field, value: $0.value)
        }
    }

    private func checkVerb(_ call: ResourceCall) throws(StatusError) {
        let info = call.resource.info
        if info.isNamespaced, call.info.namespace.isEmpty, ["get", "create", "update", "patch", "delete",
            "deletecollection"].contains(call.info.verb)
        {
            throw .methodNotSupported(info.groupResource, call.info.verb)
        }
        if !info.isNamespaced, !call.info.namespace.isEmpty, call.resource.info.plural != "namespaces" {
            throw .noSuchPage()
        }
        guard call.info.subresource.isEmpty else {
            guard call.resource.subresource(call.info.subresource) != nil else { throw .noSuchPage() }
            return
        }
        guard info.verbs.contains(call.info.verb) else { throw .methodNotSupported(info.groupResource, call.info.verb) }
    }

    private static func with(_ warnings: WarningCollector, _ answer: ServerAnswer) -> ServerAnswer {
        guard case .response(var response) = answer else { return answer }
        for text in warnings.all { response.headers.append(("Warning", "299 - \(GoText.quote(text))")) }
        return .response(response)
    }
}

/// Serves what lies below an object: its log, its scale, its tokens.
package protocol SubresourceHandler: Sendable {
    func answer(_ call: ResourceCall) async throws(StatusError) -> ServerAnswer
}

/// Serves paths that are no resources; `nil` leaves the request to the next.
package protocol PageHandler: Sendable {
    func answer(
        _ request: ServerRequest, _ info: RequestInfo, _ user: UserInfo
    ) async throws(StatusError) -> ServerAnswer?
}

/// Says who asks.
package protocol Authenticator: Sendable {
    /// The user, or anonymous without credentials; throws 401 for credentials that are not good.
    func authenticate(_ request: ServerRequest) throws(StatusError) -> UserInfo
}

/// Counts what goes on.
package final class RequestMetrics: Sendable {
    private let inFlight = Atomic<Int>(0)

    package init() {}

    func enter(limit: Int) -> Bool {
        if inFlight.add(1, ordering: .relaxed).newValue <= limit { return true }
        inFlight.subtract(1, ordering: .relaxed)
        return false
    }

    func leave() { inFlight.subtract(1, ordering: .relaxed) }

    package var current: Int { inFlight.load(ordering: .relaxed) }
}
