internal import APIMachinery
internal import APIRegistry
internal import APIResources
internal import ClusterPKI
internal import Compression
internal import Determinism
internal import Logging
internal import Synchronization

/// What an API server is made of, put together once.
struct ServerParts: Sendable {
    let configuration: APIServerConfiguration
    let catalog: ResourceCatalog
    let state: ClusterState
    let metrics: ServerMetrics
    let time: any Timekeeper
    let random: any RandomSource
    let logger: Logger
    let objects: ObjectLookup
    let webhooks: WebhookCalls
    let customResources: CustomResourceServer
    let apiServiceController: APIServiceController
    let isReady = Flag()
    /// The server is to end; it still answers.
    let isLeaving = Flag()
    let farewell = Farewell()
    let health = HealthMetrics()
    let started: Timestamp
    let rbac = RBACAuthorizer()
    let nodes = NodeAuthorizer()
    let services: ServiceAllocation
    let addresses: ServiceAddressKeeper
    let serviceBlock: CIDR
    let mutatingWebhooks = WebhookIndex()
    let validatingWebhooks = WebhookIndex()
    let mutatingPolicies = PolicyIndex<MutatingPolicy>()
    let validatingPolicies = PolicyIndex<ValidatingPolicy>()
    let aggregation: AggregationProxy
    let remoteDocuments: RemoteDocuments
    private let certificates: ClientCertificateVerifier
    private let frontProxy: RequestHeaderAuthenticator?
    let tokens: ServiceAccountTokenVerifier
    let audit: AuditTrail?
    let tracer: Tracer?
    let issuers: [IssuedTokens]
    let authorizer: UnionAuthorizer
    let tokenUnion = TokenUnion([])
    let anonymous: Replaceable<AnonymousAccess>
    let hasUnlistedRules: Replaceable<Bool>
    let flowControl: FlowControl
    let flowStatus: FlowStatusKeeper

    init(
        configuration: APIServerConfiguration, catalog: ResourceCatalog, state: ClusterState, metrics: ServerMetrics,
        time: any Timekeeper, random: any RandomSource, logger: Logger
    ) throws {
        self.metrics = metrics
        started = time.now
        self.configuration = configuration
        self.catalog = catalog
        self.state = state
        self.time = time
        self.random = random
        self.logger = logger
        objects = ObjectLookup(catalog: catalog)
        flowControl = FlowControl(time: time)
        flowStatus = FlowStatusKeeper(objects: objects, time: time, random: random, logger: logger)
        FlowMetrics.register(flowControl, in: metrics.registry)
        authorizer = configuration.authorization.authorizer(
            node: nodes, rbac: rbac, time: time, random: random, logger: logger)
        anonymous = Replaceable(configuration.authentication.anonymous)
        hasUnlistedRules = Replaceable(configuration.authorization.hasUnlistedRules)
        issuers = configuration.authentication.issuers.map {
            IssuedTokens($0, keys: IssuerKeys($0, time: time, logger: logger), time: time, logger: logger)
        }
        audit = configuration.audit.map {
            AuditTrail($0, time: time, random: random, metrics: metrics.audit, logger: logger)
        }
        tracer = configuration.tracing.map {
            let instance = "apiserver-\(configuration.advertiseAddress):\(configuration.port)"
            return Tracer($0, instance: instance, time: time, random: random, logger: logger)
        }
        guard let block = CIDR(configuration.serviceRange) else {
            throw StatusError.internalError("the service range \(configuration.serviceRange) is no CIDR")
        }
        webhooks = WebhookCalls(transport: configuration.webhooks, objects: objects, random: random)
        customResources = CustomResourceServer(
            catalog: catalog, state: state,
            definitions: try objects.store("customresourcedefinitions", group: "apiextensions.k8s.io"),
            calls: webhooks, time: time, random: random,
            transformer: { configuration.transformer(for: $0, random: random) }, logger: logger)
        aggregation = AggregationProxy(
            index: APIServiceIndex(), objects: objects, client: configuration.frontProxy?.client)
        remoteDocuments = RemoteDocuments(
            RemoteQuestions(proxy: aggregation, dialer: TunnelDialer(identity: nil, logger: logger)))
        apiServiceController = APIServiceController(
            AggregationParts(
                objects: objects, proxy: aggregation, documents: remoteDocuments,
                builtin: Array(Set(catalog.all.map(\.info.groupVersion))),
                clientAuthority: configuration.clientAuthority, requestHeader: configuration.frontProxy?.requestHeader,
                time: time, random: random, logger: logger))
        serviceBlock = block.masked
        services = ServiceAllocation(nodePorts: configuration.nodePorts, time: time, random: random)
        addresses = ServiceAddressKeeper(
            allocation: services, objects: objects, time: time, random: random, logger: logger)
        certificates = try ClientCertificateVerifier(authorities: configuration.clientAuthority, time: time)
        frontProxy = try configuration.frontProxy.map { try RequestHeaderAuthenticator($0.requestHeader, time: time) }
        tokens = ServiceAccountTokenVerifier(
            issuers: [configuration.serviceAccountIssuer], keys: [configuration.serviceAccountKey.verificationKey],
            audiences: [configuration.serviceAccountIssuer], time: time)
    }

    var audiences: [String] { [configuration.serviceAccountIssuer] }

    // MARK: The pipeline

    func pipeline() -> RequestPipeline {
        let admission = AdmissionPlugins.chain(self)
        let writes = ResourceWrites(state: state, admission: admission, time: time, random: random)
        let reads = ResourceReads(state: state, time: time, random: random, ownsStore: configuration.ownsStore)
        tokenUnion.members.replace(with: tokenMembers(configuration.authentication, issuers))
        return RequestPipeline(
            authenticator: ClusterAuthenticator(
                frontProxy: frontProxy, certificates: certificates, tokens: tokenUnion,
                anonymous: anonymous, metrics: metrics.lettingIn, time: time),
            authorizer: authorizer, catalog: catalog, aggregation: aggregation,
            reads: reads, writes: writes, subresources: subresources(reads, writes),
            virtuals: virtuals(authorizer, tokenUnion), pages: pages(), metrics: metrics, flowControl: flowControl,
            workEstimator: WorkEstimator(), audit: audit, tracer: tracer, gates: configuration.gates,
            auditIDs: AuditIDs(random: random), farewell: farewell, time: time, date: AnswerDate(time: time),
            compressor: configuration.gates[.apiResponseCompression] ? Compressor(random: random) : nil)
    }
}

/// A switch that many threads may look at.
final class Flag: Sendable {
    private let value = Atomic<Bool>(false)

    func store(_ isOn: Bool) { value.store(isOn, ordering: .releasing) }
    var isOn: Bool { value.load(ordering: .acquiring) }
}
