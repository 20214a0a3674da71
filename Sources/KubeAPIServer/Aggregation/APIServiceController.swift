internal import APIMachinery
internal import APIRegistry
internal import Determinism
internal import Logging
internal import Synchronization

/// Registers what the server serves itself, says of every APIService whether it can be used, and publishes whom
/// extension API servers may believe.
///
/// **Flow.** Changes of APIServices, of the Services and EndpointSlices behind them, of definitions of custom resources
/// and of the published ConfigMap come as events; each is read afresh, decided by a plan and written. Services of this
/// server cost one write ever; extension servers are asked again now and then.
///
/// **Guarantees.** Without extension servers nothing happens while nothing changes. What the controller has written
/// itself does not make it look again.
final class APIServiceController: Sendable {
    /// How soon a server that answered is asked again, as upstream.
    static let checkInterval = Duration.seconds(30)
    static let retry = Backoff(initial: .milliseconds(100), maximum: .seconds(30))

    private enum Event: Hashable {
        case check(String)
        case register(isStart: Bool)
        case publish
    }

    /// What is known of one remote APIService between two looks.
    private struct Check {
        var isRunning = false
        var isWantedAgain = false
        /// Counts the looks, so that a timer set before the last one is void.
        var looks = 0
        var failures = 0
        /// What was seen and said last: the object when it says just that needs no look.
        var said: (service: RegisteredService, condition: AvailabilityCondition)?
    }

    private let parts: AggregationParts
    private let logger: Logger
    private let checks = Mutex<[String: Check]>([:])
    private let pending = Mutex<Set<Event>>([])
    private let events: AsyncStream<Event>
    private let continuation: AsyncStream<Event>.Continuation

    init(_ parts: AggregationParts) {
        self.parts = parts
        logger = parts.logger
        (events, continuation) = AsyncStream.makeStream()
    }

    // MARK: What has changed

    func start() throws(StatusError) {
        enqueue(.publish)
        enqueue(.register(isStart: true))
        try follow("apiservices", "apiregistration.k8s.io") { $0.changed($1) }
        try follow("services", "") { $0.changedService($1.namespace, $1.name) }
        try follow("endpointslices", "discovery.k8s.io") { controller, object in
            guard controller.parts.proxy.index.hasRemotes else { return }
            guard let label = object.labels.first(where: { $0.key == "kubernetes.io/service-name" }) else { return }
            controller.changedService(object.namespace, label.value[...])
        }
        try follow("customresourcedefinitions", "apiextensions.k8s.io") { controller, _ in
            controller.enqueue(.register(isStart: false))
        }
        try follow("configmaps", "") { controller, object in
            guard object.name == PublishedTrustPlan.name, object.namespace == PublishedTrustPlan.namespace else {
                return
            }
            controller.enqueue(.publish)
        }
    }

    private func follow(
        _ resource: String, _ group: String, _ handle: @escaping @Sendable (APIServiceController, CachedObject) -> Void
    ) throws(StatusError) {
        try CacheFollower(try parts.objects.store(resource, group: group).cache) { [self] _, object, _ in
            handle(self, object)
        }.start()
    }

    private func changed(_ object: CachedObject) {
        // An object that cannot be read is looked at, and told of, by the check.
        if let value = try? object.value() {
            let service = RegisteredService(value)
            let isKnown = checks.withLock { checks in
                guard let said = checks[service.name]?.said, service.remote != nil else { return false }
                return said.service.isLike(service) && said.condition == AvailabilityCondition(in: value)
            }
            if isKnown { return }
        }
        enqueue(.check(String(object.name)))
    }

    private func changedService(_ namespace: Substring, _ name: Substring) {
        for service in parts.proxy.index.remote {
            guard let remote = service.remote, remote.namespace == namespace, remote.name == name else { continue }
            enqueue(.check(service.name))
        }
    }

    private func enqueue(_ event: Event) {
        guard pending.withLock({ $0.insert(event).inserted }) else { return }
        continuation.yield(event)
    }

    // MARK: What is to be done

    /// Works until cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            for await event in events {
                pending.withLock { _ = $0.remove(event) }
                switch event {
                case .check(let name):
                    guard begin(name) else { continue }
                    group.addTask { await self.check(name) }
                case .register(let isStart):
                    await logged("register") { () async throws(StatusError) in
                        try await self.register(isStart: isStart)
                    }
                case .publish: await logged("publish") { () async throws(StatusError) in try await self.publish() }
                }
            }
        }
    }

    private func logged(_ what: String, _ work: () async throws(StatusError) -> Void) async {
        do throws(StatusError) { try await work() } catch {
            guard ![.conflict, .notFound, .alreadyExists].contains(error.reason) else { return }
            logger.warning("API services cannot be kept in step", metadata: ["doing": "\(what)", "error": "\(error)"])
        }
    }

    private func publish() async throws(StatusError) {
        let store = try parts.objects.store("configmaps")
        let key = store.key(namespace: PublishedTrustPlan.namespace, name: PublishedTrustPlan.name)
        let object = PublishedTrustPlan.decide(
            try store.cache.get(key)?.value(), clientAuthority: parts.clientAuthority,
            requestHeader: parts.requestHeader)
        guard let object else { return }
        if object[path: "metadata", "uid"] == nil {
            _ = try await store.create(object, namespace: PublishedTrustPlan.namespace, context: parts.context)
        } else {
            _ = try await store.update(
                PublishedTrustPlan.name, namespace: PublishedTrustPlan.namespace, context: parts.context
            ) { (_) async throws(StatusError) in object }
        }
    }

    private func register(isStart: Bool) async throws(StatusError) {
        let definitions = try parts.objects.list("customresourcedefinitions", group: "apiextensions.k8s.io")
        let actions = APIServiceRegistrationPlan.decide(
            builtin: parts.builtin, custom: definitions.flatMap(APIServiceRegistrationPlan.served(by:)),
            existing: try parts.objects.list("apiservices", group: "apiregistration.k8s.io"), isStart: isStart)
        // All at once: the store commits them together.
        await withDiscardingTaskGroup { group in
            for action in actions {
                group.addTask {
                    await self.logged("register") { () async throws(StatusError) in try await self.perform(action) }
                }
            }
        }
    }

    private func perform(_ action: APIServiceRegistrationPlan.Action) async throws(StatusError) {
        switch action {
        case .create(let object): _ = try await services.create(object, namespace: "", context: parts.context)
        case .update(let object):
            let name = object[path: "metadata", "name"]?.stringValue ?? ""
            _ = try await services.update(name, namespace: "", context: parts.context) {
                (_) async throws(StatusError) in object
            }
        case .delete(let name, let uid):
            _ = try await services.delete(
                name, namespace: "", request: DeletionRequest(uid: uid), context: parts.context)
        }
    }

    private var services: ResourceStore {
        get throws(StatusError) { try parts.objects.store("apiservices", group: "apiregistration.k8s.io") }
    }

    // MARK: One APIService

    /// Whether a look may begin; one that is under way looks once more.
    private func begin(_ name: String) -> Bool {
        checks.withLock { checks in
            var check = checks[name] ?? Check()
            defer { checks[name] = check }
            check.isWantedAgain = check.isRunning
            guard !check.isRunning else { return false }
            check.isRunning = true
            check.looks += 1
            return true
        }
    }

    private func check(_ name: String) async {
        var delay: Duration?
        await logged("check") { () async throws(StatusError) in delay = try await self.look(at: name) }
        let (isWanted, looks) = checks.withLock { checks in
            let check = checks[name]
            checks[name]?.isRunning = false
            if delay == nil, check?.isWantedAgain != true { checks[name] = nil }
            return (check?.isWantedAgain == true, check?.looks)
        }
        if isWanted { return enqueue(.check(name)) }
        // Cancelled: nobody waits for the next look.
        guard let delay, (try? await parts.time.sleep(for: delay)) != nil else { return }
        if checks.withLock({ $0[name]?.looks == looks && $0[name]?.isRunning == false }) { enqueue(.check(name)) }
    }

    /// When to look again; `nil`: when something changes.
    private func look(at name: String) async throws(StatusError) -> Duration? {
        guard let object = try services.cache.get(name)?.value() else {
            parts.documents.forget(name)
            return nil
        }
        let service = RegisteredService(object)
        let condition: AvailabilityCondition
        let slices = try slices(service.remote)
        switch AvailabilityPlan.decide(object, service: self.service(service.remote), slices: slices) {
        case .settled(let settled): condition = settled
        case .ask(let path):
            let failure = await parts.documents.ask(service, path)
            condition = AvailabilityPlan.condition(afterAsking: failure)
        }
        // Who sees that it is available finds it in discovery, too.
        if service.remote != nil, condition.isTrue { await parts.documents.refresh(service) }
        if service.remote != nil { checks.withLock { $0[name]?.said = (service, condition) } }
        if AvailabilityCondition(in: object) != condition { try await write(condition, name) }
        guard service.remote != nil else {
            parts.documents.forget(name)
            return nil
        }
        guard condition.isTrue else {
            parts.documents.markStale(service)
            let failures = checks.withLock { checks in
                checks[name]?.failures += 1
                return checks[name]?.failures ?? 1
            }
            return Self.retry.delay(attempt: failures - 1, random: parts.random)
        }
        checks.withLock { $0[name]?.failures = 0 }
        return Self.checkInterval
    }

    private func service(_ remote: RemoteService?) -> Value? {
        guard let remote else { return nil }
        // One that is not there is what the plan is told of.
        return try? parts.objects.get("services", remote.name, namespace: remote.namespace)
    }

    private func slices(_ remote: RemoteService?) throws(StatusError) -> [Value] {
        guard let remote else { return [] }
        return try parts.objects.list("endpointslices", group: "discovery.k8s.io", namespace: remote.namespace).filter {
            $0[path: "metadata", "labels"]?["kubernetes.io/service-name"]?.stringValue == remote.name
        }
    }

    private func write(_ condition: AvailabilityCondition, _ name: String) async throws(StatusError) {
        let time = parts.time
        _ = try await services.update(name, namespace: "", scope: .status, context: parts.context) { old in
            var value = old
            condition.put(into: &value, now: time.now)
            return value
        }
    }
}
