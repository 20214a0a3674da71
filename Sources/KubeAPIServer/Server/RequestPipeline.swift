internal import APIClient
package import APIMachinery
internal import APIRegistry
internal import Compression
internal import Determinism
internal import Metrics

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
    let metrics: ServerMetrics
    /// Says whose turn it is, among those that cannot be answered at once.
    let flowControl: FlowControl
    let workEstimator: WorkEstimator
    /// Writes down what is asked; `nil` when nothing is.
    let audit: AuditTrail?
    /// Tells how long what of a request takes; `nil` for none.
    let tracer: Tracer?
    let gates: FeatureGates
    let auditIDs: AuditIDs
    /// What those are told who come too late.
    let farewell: Farewell
    let time: any Timekeeper
    let date: AnswerDate
    /// `nil` where answers are not compressed.
    let compressor: Compressor?

    /// A request on its way: what was made out of it so far.
    fileprivate struct Visit: Sendable {
        let request: ServerRequest
        let info: RequestInfo
        let type: NegotiatedType?
        let form: AnswerForm
        let auditID: String
        /// When it came.
        let received: Duration
        let warnings = WarningCollector()
        var audit: AuditRecord?
        var flow: FlowControl.Class?
        /// The name of who was let in.
        var user = ""
        /// With what it is counted; `nil` for what upstream does not count.
        var series: RequestSeries?
        /// It did not get its turn.
        var isDropped = false
        /// `nil` for most.
        var trace: RequestTrace?
    }

    /// A request that has been let in.
    fileprivate enum Admitted: Sendable {
        case resource(ResourceCall)
        case page(RequestInfo, UserInfo)
        /// For an extension API server.
        case remote(RegisteredService, UserInfo)
        /// Answered already; bringing that into its form takes long.
        case known(ServerAnswer)
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
        package var isBrief: Bool { if case .resource(let call) = admitted { call.isQuick } else { false } }
    }

    /// Lets a request in, and answers it when memory has the answer.
    package func begin(_ request: ServerRequest) -> Beginning {
        var visit = Visit(
            request: request, info: RequestInfo(method: request.method, path: request.path, query: request.query),
            type: NegotiatedType.negotiate(accept: request.headers["accept"], gates),
            form: AnswerForm(request, compressor: compressor), auditID: auditID(request.headers),
            received: time.uptime)
        if audit?.isAwaited == true { return .waiting(WaitingRequest(visit: visit, user: nil, admitted: nil)) }
        do throws(StatusError) {
            guard let user = try identifyNow(visit) else {
                return .waiting(WaitingRequest(visit: visit, user: nil, admitted: nil))
            }
            try enter(&visit, user)
            let gate = try RequestGate(request, visit.info, user, gates)
            let begun = time.uptime
            guard let passage = gate.passage(authorizer) else {
                return .waiting(WaitingRequest(visit: visit, user: user, admitted: nil))
            }
            let admitted = try admit(&visit, passage, since: begun)
            if case .resource(let call) = admitted, call.isQuick, isSmall(call, visit),
                let answer = try answerNow(call, visit.trace)
            {
                visit.flow?.meter.dispatched.add()
                let answer = conclude(visit, answer)
                guard visit.form.isWork(answer) else { return .answered(visit.form.applied(to: answer)) }
                return .waiting(WaitingRequest(visit: visit, user: user, admitted: .known(answer)))
            }
            return .waiting(WaitingRequest(visit: visit, user: user, admitted: admitted))
        } catch {
            return .answered(visit.form.applied(to: conclude(visit, error)))
        }
    }

    package func answer(_ waiting: WaitingRequest) async -> ServerAnswer {
        var visit = waiting.visit
        if case .known(let answer)? = waiting.admitted { return visit.form.applied(to: answer) }
        let answer: ServerAnswer
        do throws(StatusError) {
            let admitted = try await letIn(&visit, waiting)
            let seat = try await takeSeat(&visit, admitted)
            defer { flowControl.leave(seat) }
            let isReading = ["get", "list", "watch"].contains(visit.info.verb)
            metrics.lettingIn.begins(isReading: isReading)
            defer { metrics.lettingIn.ends(isReading: isReading) }
            switch admitted {
            case .resource(let call): answer = conclude(visit, try await self.answer(call, visit.trace))
            case .page(let info, let user): answer = conclude(visit, try await page(visit.request, info, user))
            case .remote(let service, let user):
                answer = conclude(visit, aggregation.answer(visit.request, user, service))
            case .known(let known): answer = known
            }
        } catch {
            answer = conclude(visit, error)
        }
        if let audit, visit.audit != nil { _ = await audit.settle() }
        let form = visit.form
        guard form.isWork(answer) else { return form.applied(to: answer) }
        return await withTaskExecutorPreference(globalConcurrentExecutor) { form.applied(to: answer) }
    }

    /// What takes its time however much there is to do stands in nobody's way.
    private func classify(_ visit: Visit, _ passage: RequestGate.Passage) -> FlowControl.Class? {
        // Who may not be somebody else is told so before his turn matters.
        guard let attributes = passage.attributes else { return nil }
        let info = visit.info
        let isLong = info.isResourceRequest && !info.subresource.isEmpty
            && ["attach", "exec", "proxy", "log", "portforward"].contains(info.subresource)
        return isLong ? nil : flowControl.classify(attributes)
    }

    /// Whether it may be answered without a seat; only lists and watches can be too large for that.
    private func isSmall(_ call: ResourceCall, _ visit: Visit) -> Bool {
        guard ["list", "watch"].contains(call.info.verb), let flow = visit.flow, !flow.isExempt else { return true }
        return workEstimator.estimate(call, flow).seats == 1
    }

    private func takeSeat(
        _ visit: inout Visit, _ admitted: Admitted
    ) async throws(StatusError) -> FlowControl.Seat? {
        guard let flow = visit.flow else { return nil }
        let begun = time.uptime
        var work = WorkEstimate()
        if case .resource(let call) = admitted { work = workEstimator.estimate(call, flow) }
        do throws(StatusError) {
            let seat = try await flowControl.enter(flow, work, visit.info, user: visit.user)
            visit.warnings.wait(time.uptime - begun)
            visit.trace?.tell("priorityandfairness", since: begun)
            return seat
        } catch {
            visit.isDropped = true
            throw error
        }
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
                guard await audit.settle() else {
                    metrics.audit.refused.add()
                    throw .internalError("failed to store audit event")
                }
            }
        }
        let gate = try RequestGate(visit.request, visit.info, user, gates)
        let begun = time.uptime
        return try admit(&visit, await gate.passage(asking: authorizer), since: begun)
    }

    /// The answer as it goes out, written down and counted.
    private func conclude(_ visit: Visit, _ answer: ServerAnswer, _ error: StatusError? = nil) -> ServerAnswer {
        let answer = answer.adding(headers(visit))
        let concluded = count(visit, visit.audit?.conclude(answer, error) ?? answer)
        return visit.trace?.finish(visit.request, visit.info, concluded) ?? concluded
    }

    private func conclude(_ visit: Visit, _ error: StatusError) -> ServerAnswer {
        conclude(visit, .response(.failure(error, as: visit.type ?? .json)), error)
    }

    private func count(_ visit: Visit, _ answer: ServerAnswer) -> ServerAnswer {
        if case .watch(let subscription) = answer,
            let end = workEstimator.watches.begin(visit.info, visit.request.query)
        {
            subscription.onEnd(end)
        }
        guard let series = visit.series else { return answer }
        let observe = { @Sendable [time] (code: Int, size: Int?) in
            series.observe(
                code: code, took: time.uptime - visit.received, waited: visit.warnings.waited, size: size)
        }
        if case .response(let response) = answer {
            if visit.isDropped { series.count(code: response.code) } else { observe(response.code, response.length) }
            return answer
        }
        series.underWay.add()
        // A connection that is taken over has no code (upstream sees none either).
        let code = if case .watch = answer { 200 } else if case .stream = answer { 200 } else { 0 }
        return answer.ending {
            series.underWay.add(-1)
            observe(code, nil)
        }
    }

    private func answerNow(
        _ call: ResourceCall, _ trace: RequestTrace?
    ) throws(StatusError) -> ServerAnswer? {
        guard call.info.subresource.isEmpty, call.resource.info.storageVersion != nil else { return nil }
        guard ["get", "list", "watch"].contains(call.info.verb) else { return nil }
        // A deprecated version brings a warning with its answer.
        guard call.resource.warning == nil else { return nil }
        try checkVerb(call)
        guard let span = trace?.begin(call) else { return try reads.answerNow(call) }
        do throws(StatusError) {
            guard let answer = try reads.answerNow(call) else { return nil }
            span.end(call.traceAttributes)
            return answer
        } catch {
            span.end(call.traceAttributes, problem: error.message)
            throw error
        }
    }

    private func answer(_ call: ResourceCall, _ trace: RequestTrace?) async throws(StatusError) -> ServerAnswer {
        guard let span = trace?.begin(call) else { return try await answer(call) }
        return try await span.run(call.traceAttributes) { () async throws(StatusError) in try await answer(call) }
    }

    private func answer(_ call: ResourceCall) async throws(StatusError) -> ServerAnswer {
        try checkVerb(call)
        if let warning = call.resource.warning {
            call.warnings.add(warning)
            metrics.deprecatedWasAsked(call.info)
        }
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
        do throws(StatusError) {
            let user = try authenticator.authenticateNow(visit.request)
            if let user { metrics.lettingIn.recognized(user.name, time.uptime - visit.received) }
            return user
        } catch {
            refuse(visit, error)
            throw error
        }
    }

    private func identify(_ visit: Visit) async throws(StatusError) -> UserInfo {
        do throws(StatusError) {
            let user = try await authenticator.authenticate(visit.request)
            metrics.lettingIn.recognized(user.name, time.uptime - visit.received)
            return user
        } catch {
            refuse(visit, error)
            throw error
        }
    }

    /// Counts and writes down that nobody was recognized.
    private func refuse(_ visit: Visit, _ error: StatusError) {
        let credentials = visit.request.credentials
        let isNobody = credentials.bearerToken == nil && credentials.peer.chain.isEmpty
        metrics.lettingIn.notRecognized(isNobody ? .failure : .error, time.uptime - visit.received)
        guard let audit else { return }
        let attributes = RequestGate.attributes(of: visit.request, visit.info, UserInfo(name: ""))
        audit.record(visit.request, attributes, id: visit.auditID)?.refuse(error, visit.request)
    }

    /// From here on the request is written down and traced.
    private func enter(_ visit: inout Visit, _ user: UserInfo) throws(StatusError) {
        if let tracer, let candidate = tracer.candidate(visit.request.headers) {
            visit.trace = tracer.begin(
                candidate, groups: user.groups, auditID: visit.auditID, received: visit.received)
        }
        guard let audit else { return }
        visit.audit = audit.record(
            visit.request, RequestGate.attributes(of: visit.request, visit.info, user), id: visit.auditID)
        guard visit.audit?.enter(.requestReceived) != false else {
            metrics.audit.refused.add()
            throw .internalError("failed to store audit event")
        }
    }

    private func admit(
        _ visit: inout Visit, _ passage: RequestGate.Passage, since begun: Duration
    ) throws(StatusError) -> Admitted {
        visit.flow = classify(visit, passage)
        switch passage.decision {
        case .allow: metrics.lettingIn.decided(.allowed, time.uptime - begun)
        case .deny: metrics.lettingIn.decided(.denied, time.uptime - begun)
        case _: metrics.lettingIn.decided(.noOpinion, time.uptime - begun)
        }
        let user = try passage.pass(visit.audit)
        visit.user = user.name
        visit.trace?.tell("authorization", since: begun)
        let info = visit.info
        if let service = aggregation.service(at: visit.request.path) { return .remote(service, user) }
        guard info.isResourceRequest,
            let resource = catalog.resource(group: info.group, version: info.version, resource: info.resource)
        else {
            visit.series = pageSeries(visit.request.path)
            return .page(info, user)
        }
        visit.series = series(visit.request, info, resource)
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
    /// As upstream, which counts pages of health only.
    private func pageSeries(_ path: String) -> RequestSeries? {
        guard ["/livez", "/readyz", "/healthz"].contains(path) else { return nil }
        return metrics.requests.meter(path: path).series(.get, .none, .none)
    }

    private func series(_ request: ServerRequest, _ info: RequestInfo, _ resource: ServedResource) -> RequestSeries? {
        let meter =
            info.subresource.isEmpty
            ? resource.meter
            : resource.subresource(info.subresource) == nil
                ? nil : metrics.requests.meter(resource.info.groupVersionResource, subresource: info.subresource)
        return meter?.series(
            RequestMeter.Verb(info, contentType: request.headers["content-type"]), RequestMeter.Scope(info),
            RequestMeter.DryRun(request.query))
    }

    /// Whether upstream's router knows the path, and the method there.
    private func checkVerb(_ call: ResourceCall) throws(StatusError) {
        let info = call.resource.info
        let verb = call.info.verb
        if !info.isNamespaced, !call.info.namespace.isEmpty, call.resource.info.plural != "namespaces" {
            throw .noSuchPage()
        }
        guard call.info.subresource.isEmpty else {
            guard let subresource = call.resource.subresource(call.info.subresource) else { throw .noSuchPage() }
            // What is passed on may be of any method.
            guard subresource.name != "proxy" else { return }
            guard !call.info.name.isEmpty else { throw .badRequest("name must be provided") }
            let isKnown = subresource.verbs.contains(verb) && call.request.method != .head
            guard isKnown else { throw .noSuchMethod() }
            return
        }
        if info.isNamespaced, call.info.namespace.isEmpty {
            guard info.verbs.contains("list") else { throw .noSuchPage() }
            guard ["list", "watch"].contains(verb), call.request.method == .get else { throw .noSuchMethod() }
            return
        }
        guard info.verbs.contains(verb), call.request.method != .head else { throw .noSuchMethod() }
        switch verb {
        case "create": if !call.info.name.isEmpty { throw .noSuchMethod() }
        case "update", "patch": if call.info.name.isEmpty { throw .noSuchMethod() }
        case _: return
        }
    }

    /// What every answer says beside its own: when it is given, under which name it is written down, warnings, and
    /// which flow the request was counted to.
    private func headers(_ visit: Visit) -> [(name: String, value: String)] {
        var headers = [(name: "Audit-Id", value: visit.auditID), (name: "Date", value: date.text)]
        for text in visit.warnings.all { headers.append(("Warning", "299 - \(GoText.quote(text))")) }
        if let flow = visit.flow {
            headers.append(("X-Kubernetes-PF-FlowSchema-UID", flow.schemaUID))
            headers.append(("X-Kubernetes-PF-PriorityLevel-UID", flow.levelUID))
        }
        return headers
    }

    /// What the client calls the request, else a name of ours.
    func auditID(_ headers: RequestHeaders) -> String {
        if let given = headers["audit-id"], !given.isEmpty { return given }
        return auditIDs.next()
    }
}

extension ResourceCall {
    /// Objects of a resource up to which a list is put together on the caller's thread, which others wait for.
    private static var quickListMax: Int { 500 }

    /// Whether no list of many objects has to be put together.
    fileprivate var isQuick: Bool {
        info.verb != "list" || !info.subresource.isEmpty || resource.store.cache.count <= Self.quickListMax
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
