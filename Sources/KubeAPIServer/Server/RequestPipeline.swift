package import APIMachinery
package import Determinism
internal import Synchronization

/// The way of every request: who asks, may they, and then to whom it is for.
///
/// Answers from the caller's thread when memory has the answer, else asynchronously.
package struct RequestPipeline: Sendable {
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
    /// Says whose turn it is, among those that cannot be answered at once.
    let flowControl: FlowControl
    /// Writes down what is asked; `nil` when nothing is.
    let audit: AuditTrail?
    let gates: FeatureGates
    let time: any Timekeeper

    /// A request on its way: what was made out of it so far.
    fileprivate struct Visit: Sendable {
        let request: ServerRequest
        let info: RequestInfo
        let type: NegotiatedType?
        let warnings = WarningCollector()
        var audit: AuditRecord?
        var flow: FlowControl.Class?
    }

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
        fileprivate let visit: Visit
        /// `nil` when even knowing who asks takes waiting.
        fileprivate let user: UserInfo?
        /// `nil` when even letting it in takes waiting.
        fileprivate let admitted: Admitted?

        /// True for objects: between its waits it needs the thread for a fraction of a millisecond.
        package var isBrief: Bool { if case .resource = admitted { true } else { false } }
    }

    /// Lets a request in, and answers it when memory has the answer.
    package func begin(_ request: ServerRequest) -> Beginning {
        var visit = Visit(
            request: request, info: RequestInfo(method: request.method, path: request.path, query: request.query),
            type: NegotiatedType.negotiate(accept: request.headers["accept"], gates))
        if audit?.isAwaited == true { return .waiting(WaitingRequest(visit: visit, user: nil, admitted: nil)) }
        do throws(StatusError) {
            guard let user = try identifyNow(visit) else {
                return .waiting(WaitingRequest(visit: visit, user: nil, admitted: nil))
            }
            try enter(&visit, user)
            let gate = RequestGate(request, visit.info, user)
            visit.flow = flowControl.classify(gate.attributes)
            guard let decisions = gate.decisions(of: authorizer) else {
                return .waiting(WaitingRequest(visit: visit, user: user, admitted: nil))
            }
            let admitted = try admit(visit, gate, decisions)
            if case .resource(let call) = admitted, let answer = try answerNow(call) {
                return .answered(conclude(visit, answer))
            }
            return .waiting(WaitingRequest(visit: visit, user: user, admitted: admitted))
        } catch {
            return .answered(conclude(visit, error))
        }
    }

    package func answer(_ waiting: WaitingRequest) async -> ServerAnswer {
        var visit = waiting.visit
        let answer: ServerAnswer
        do throws(StatusError) {
            metrics.enter()
            defer { metrics.leave() }
            let admitted = try await letIn(&visit, waiting)
            let seat = try await flowControl.enter(visit.flow)
            defer { flowControl.leave(seat) }
            switch admitted {
            case .resource(let call): answer = conclude(visit, try await self.answer(call))
            case .page(let info, let user): answer = conclude(visit, try await page(visit.request, info, user))
            case .remote(let service, let user):
                answer = conclude(visit, aggregation.answer(visit.request, user, service))
            }
        } catch {
            answer = conclude(visit, error)
        }
        if let audit, visit.audit != nil { _ = await audit.settle() }
        return answer
    }

    private func letIn(_ visit: inout Visit, _ waiting: WaitingRequest) async throws(StatusError) -> Admitted {
        if let admitted = waiting.admitted { return admitted }
        let user: UserInfo
        if let known = waiting.user {
            user = known
        } else {
            user = try await identify(visit)
            try enter(&visit, user)
            if let audit, visit.audit != nil {
                guard await audit.settle() else { throw .internalError("failed to store audit event") }
            }
        }
        let gate = RequestGate(visit.request, visit.info, user)
        visit.flow = flowControl.classify(gate.attributes)
        return try admit(visit, gate, await gate.decisions(asking: authorizer))
    }

    /// The answer as it goes out, written down.
    private func conclude(_ visit: Visit, _ answer: ServerAnswer) -> ServerAnswer {
        let answer = Self.with(visit, answer)
        return visit.audit?.conclude(answer, nil) ?? answer
    }

    private func conclude(_ visit: Visit, _ error: StatusError) -> ServerAnswer {
        let answer = Self.with(visit, .response(.failure(error, as: visit.type ?? .json)))
        return visit.audit?.conclude(answer, error) ?? answer
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
                throw .notAcceptable(NegotiatedType.supported(gates))
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

    /// Who asks; `nil` when somebody has to be asked about that.
    private func identifyNow(_ visit: Visit) throws(StatusError) -> UserInfo? {
        do throws(StatusError) { return try authenticator.authenticateNow(visit.request) } catch {
            refuse(visit, error)
            throw error
        }
    }

    private func identify(_ visit: Visit) async throws(StatusError) -> UserInfo {
        do throws(StatusError) { return try await authenticator.authenticate(visit.request) } catch {
            refuse(visit, error)
            throw error
        }
    }

    /// Writes down that nobody was recognized.
    private func refuse(_ visit: Visit, _ error: StatusError) {
        guard let audit else { return }
        let attributes = RequestGate.attributes(of: visit.request, visit.info, UserInfo(name: ""))
        audit.record(visit.request, attributes)?.refuse(error, visit.request)
    }

    /// From here on the request is written down.
    private func enter(_ visit: inout Visit, _ user: UserInfo) throws(StatusError) {
        guard let audit else { return }
        visit.audit = audit.record(visit.request, RequestGate.attributes(of: visit.request, visit.info, user))
        guard visit.audit?.enter(.requestReceived) != false else {
            throw .internalError("failed to store audit event")
        }
    }

    private func admit(
        _ visit: Visit, _ gate: RequestGate, _ decisions: [Decision]
    ) throws(StatusError) -> Admitted {
        let user = try gate.pass(decisions, visit.audit)
        let info = visit.info
        if let service = aggregation.service(at: visit.request.path) { return .remote(service, user) }
        guard info.isResourceRequest,
            let resource = catalog.resource(group: info.group, version: info.version, resource: info.resource)
        else { return .page(info, user) }
        guard let type = visit.type else { throw .notAcceptable(NegotiatedType.supported(gates)) }
        let query = visit.request.query
        if !Self.connections.contains(info.subresource) {
            if info.verb != "watch" { try query.checkTimeout() }
            if type.shape == .table { try query.checkTable() }
            try WriteOptions.check(query, verb: info.verb, contentType: visit.request.headers["content-type"])
        }
        let isDryRun = query["dryRun"] != nil
        return .resource(
            ResourceCall(
                request: visit.request, info: info, user: user, resource: resource, type: type, isDryRun: isDryRun,
                warnings: visit.warnings, gates: gates, audit: visit.audit))
    }

    /// Subresources whose query is for somebody else.
    private static let connections: Set<String> = ["attach", "exec", "portforward", "proxy"]

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

    /// What every answer says beside its own: warnings, and which flow the request was counted to.
    private static func with(_ visit: Visit, _ answer: ServerAnswer) -> ServerAnswer {
        guard case .response(var response) = answer else { return answer }
        for text in visit.warnings.all { response.headers.append(("Warning", "299 - \(GoText.quote(text))")) }
        if let flow = visit.flow {
            response.headers.append(("X-Kubernetes-PF-FlowSchema-UID", flow.schemaUID))
            response.headers.append(("X-Kubernetes-PF-PriorityLevel-UID", flow.levelUID))
        }
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
    /// `nil` when somebody has to be asked first.
    func authenticateNow(_ request: ServerRequest) throws(StatusError) -> UserInfo?

    /// The same, after asking.
    func authenticate(_ request: ServerRequest) async throws(StatusError) -> UserInfo
}

/// Counts what goes on.
package final class RequestMetrics: Sendable {
    private let inFlight = Atomic<Int>(0)

    package init() {}

    func enter() { inFlight.add(1, ordering: .relaxed) }

    func leave() { inFlight.subtract(1, ordering: .relaxed) }

    package var current: Int { inFlight.load(ordering: .relaxed) }
}
