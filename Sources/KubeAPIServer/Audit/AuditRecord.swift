internal import APIMachinery
internal import Determinism
internal import Synchronization

/// What is noted of one request on its way, and written down at its stages.
///
/// Any part of the server that sees the request may add to it, from any thread.
package final class AuditRecord: Sendable {
    static let userAgentMax = 1024

    private struct State {
        var event: AuditEvent
        var stages: Set<AuditStage> = []
    }

    let verdict: AuditPolicy.Verdict
    let id: String
    private let isLongRunning: Bool
    private let trail: AuditTrail
    private let state: Mutex<State>

    init(
        _ request: ServerRequest, _ attributes: AuthorizationAttributes, id: String, verdict: AuditPolicy.Verdict,
        trail: AuditTrail
    ) {
        self.verdict = verdict
        self.trail = trail
        self.id = id
        isLongRunning = Self.isLongRunning(attributes)
        let now = trail.time.now
        var agent = request.headers["user-agent"] ?? ""
        if agent.utf8.count > Self.userAgentMax {
            agent = String(decoding: agent.utf8.prefix(Self.userAgentMax), as: UTF8.self) + "...TRUNCATED"
        }
        var event = AuditEvent(
            level: verdict.level, id: id, requestURI: request.uri, verb: attributes.verb, user: attributes.user,
            sourceIPs: SourceAddresses.list(request.headers, peer: request.credentials.peer.address), userAgent: agent,
            received: now, stageTime: now)
        if attributes.isResourceRequest {
            event.object = AuditEvent.ObjectReference(
                resource: attributes.resource, namespace: attributes.namespace, name: attributes.name,
                apiGroup: attributes.apiGroup, apiVersion: attributes.apiVersion, subresource: attributes.subresource)
        }
        state = Mutex(State(event: event))
    }

    /// Watches, and what becomes a stream: upstream's rule.
    private static func isLongRunning(_ attributes: AuthorizationAttributes) -> Bool {
        guard attributes.isResourceRequest else { return attributes.path.hasPrefix("/debug/pprof/") }
        return attributes.verb == "watch"
            || ["attach", "exec", "proxy", "log", "portforward"].contains(attributes.subresource)
    }

    // MARK: Notes

    /// Adds an annotation; the first value of a key stays.
    package func annotate(_ key: String, _ value: String, from level: AuditLevel = .metadata) {
        guard verdict.level >= level else { return }
        state.withLock { state in
            if state.event.annotations[key] == nil { state.event.annotations[key] = value }
        }
    }

    /// - constraint: the verb that allowed it; empty where only `impersonate` did.
    func becomes(_ user: UserInfo, by constraint: String) {
        state.withLock { state in
            state.event.impersonatedUser = user
            state.event.impersonationConstraint = constraint
        }
    }

    /// The object in the request's body.
    func sends(_ object: Value) {
        let json = verdict.level >= .request ? trimmed(object).json : nil
        let metadata = object["metadata"]
        func text(_ name: String) -> String { metadata?[name]?.stringValue ?? "" }
        state.withLock { state in
            if state.event.object?.name == "" { state.event.object?.name = text("name") }
            if state.event.object?.namespace == "" { state.event.object?.namespace = text("namespace") }
            state.event.object?.uid = text("uid")
            state.event.object?.resourceVersion = text("resourceVersion")
            state.event.requestObject = json
        }
    }

    /// A patch, as it came; one in YAML as JSON.
    func sends(patch: Value) {
        guard verdict.level >= .request else { return }
        let json = patch.json
        state.withLock { $0.event.requestObject = json }
    }

    // MARK: Stages

    /// True when the event is written, or need not be.
    @discardableResult
    func enter(_ stage: AuditStage) -> Bool {
        guard !verdict.omittedStages.contains(stage) else { return true }
        let now = trail.time.now
        let event: AuditEvent? = state.withLock { state in
            guard state.stages.insert(stage).inserted else { return nil }
            state.event.stage = stage
            if stage != .requestReceived { state.event.stageTime = now }
            return state.event
        }
        return event.map { trail.process($0) } ?? true
    }

    /// Nobody knows who asks: written once, as upstream does.
    func refuse(_ error: StatusError, _ request: ServerRequest) {
        let message = Self.attempts(request)
        state.withLock { state in
            var response = AuditEvent.ResponseStatus(code: error.code)
            response.message = message
            state.event.response = response
        }
        enter(.responseStarted)
    }

    private static func attempts(_ request: ServerRequest) -> String {
        var methods: [String] = []
        if request.headers["authorization"]?.lowercased().hasPrefix("basic ") == true { methods.append("basic") }
        if request.credentials.bearerToken != nil { methods.append("bearer") }
        if !request.credentials.peer.chain.isEmpty { methods.append("x509") }
        guard !methods.isEmpty else { return "Authentication failed, no credentials provided" }
        return "Authentication failed, attempted: " + methods.joined(separator: ", ")
    }

    /// The answer is known. What runs long tells its end itself.
    func conclude(_ answer: ServerAnswer, _ error: StatusError?) -> ServerAnswer {
        switch answer {
        case .response(let response):
            note(response, error)
            if isLongRunning { enter(.responseStarted) }
            enter(.responseComplete)
            return answer
        case .watch(let subscription):
            begin(code: 200)
            subscription.onEnd { [self] in enter(.responseComplete) }
            return answer
        case .tunnel(var target):
            target.onEnd(ending(code: 101))
            return .tunnel(target)
        case .stream(var target):
            target.onEnd(ending(code: 200))
            return .stream(target)
        case .webSocket(var target):
            target.target.onEnd(ending(code: 101))
            return .webSocket(target)
        case .webSocketStream(var stream):
            stream.source.onEnd(ending(code: 101))
            return .webSocketStream(stream)
        }
    }

    private func ending(code: Int) -> @Sendable () -> Void {
        begin(code: code)
        return { [self] in enter(.responseComplete) }
    }

    private func begin(code: Int) {
        state.withLock { $0.event.response = AuditEvent.ResponseStatus(code: code) }
        if isLongRunning { enter(.responseStarted) }
    }

    private func note(_ response: ServerResponse, _ error: StatusError?) {
        var status = AuditEvent.ResponseStatus(code: response.code)
        var object: Value?
        let isRemoval = state.withLock { $0.event.verb.hasPrefix("delete") }
        if let error {
            object = error.value
        } else if isRemoval || (verdict.level >= .requestResponse && isResource) {
            object = Self.value(of: response)
        }
        if let object, object["kind"] == "Status" {
            status.status = object["status"]?.stringValue ?? ""
            status.message = object["message"]?.stringValue ?? ""
            status.reason = object["reason"]?.stringValue ?? ""
            status.details = object["details"]
        }
        let json = verdict.level >= .requestResponse && isResource ? object.map { trimmed($0).json } : nil
        state.withLock { state in
            state.event.response = status
            state.event.responseObject = json
        }
    }

    private var isResource: Bool { state.withLock { $0.event.object != nil } }

    private static func value(of response: ServerResponse) -> Value? {
        var duplicates: [String] = []
        let body = response.body.whole
        let type = response.contentType.split(separator: ";").first.map(String.init) ?? ""
        // An answer that is no object (a log, say) is written down by its code alone.
        return try? BodyDecoder.parse(body, contentType: type, duplicates: &duplicates, gates: .all, limit: .max)
    }

    private func trimmed(_ object: Value) -> Value {
        guard verdict.omitsManagedFields else { return object }
        var object = object
        func trim(_ one: inout Value) {
            if case .object? = one["metadata"] { one[path: "metadata", "managedFields"] = nil }
        }
        trim(&object)
        object.modifyFields { fields in
            _ = fields.modify("items") { list in
                list.modifyItems { items in for index in items.indices { trim(&items[index]) } }
            }
            _ = fields.modify("rows") { rows in
                rows.modifyItems { items in
                    for index in items.indices {
                        items[index].modifyFields { row in _ = row.modify("object") { trim(&$0) } }
                    }
                }
            }
        }
        return object
    }
}
