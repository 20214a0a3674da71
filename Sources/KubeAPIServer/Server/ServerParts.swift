internal import APIMachinery
internal import APIRegistry
internal import APIResources
internal import ClusterPKI
internal import Determinism
internal import Logging
internal import Synchronization

/// What an API server is made of, put together once.
struct ServerParts: Sendable {
    let configuration: APIServerConfiguration
    let catalog: ResourceCatalog
    let state: ClusterState
    let time: any Timekeeper
    let random: any RandomSource
    let logger: Logger
    let objects: ObjectLookup
    let webhooks: WebhookCalls
    let customResources: CustomResourceServer
    let apiServiceController: APIServiceController
    let isReady = Flag()
    let rbac = RBACAuthorizer()
    let nodes = NodeAuthorizer()
    let services: ServiceAllocation
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
    let issuers: [IssuedTokens]
    let authorizer: UnionAuthorizer
    let flowControl: FlowControl

    init(
        configuration: APIServerConfiguration, catalog: ResourceCatalog, state: ClusterState, time: any Timekeeper,
        random: any RandomSource, logger: Logger
    ) throws {
        self.configuration = configuration
        self.catalog = catalog
        self.state = state
        self.time = time
        self.random = random
        self.logger = logger
        objects = ObjectLookup(catalog: catalog)
        flowControl = FlowControl(time: time)
        authorizer = configuration.authorization.authorizer(
            node: nodes, rbac: rbac, time: time, random: random, logger: logger)
        issuers = configuration.authentication.issuers.map {
            IssuedTokens($0, keys: IssuerKeys($0, time: time, logger: logger), time: time, logger: logger)
        }
        audit = configuration.audit.map { AuditTrail($0, time: time, random: random, logger: logger) }
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
        services = ServiceAllocation(block: block, nodePorts: configuration.nodePorts, time: time, random: random)
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
        let tokenAuthenticator = tokenAuthenticators(TokenBindings(objects: objects), issuers)
        return RequestPipeline(
            authenticator: ClusterAuthenticator(
                frontProxy: frontProxy, certificates: certificates, tokens: tokenAuthenticator,
                anonymous: configuration.authentication.anonymous, time: time),
            authorizer: authorizer, catalog: catalog, aggregation: aggregation,
            reads: reads, writes: writes, subresources: subresources(reads, writes),
            virtuals: virtuals(authorizer, tokenAuthenticator), pages: pages(), metrics: RequestMetrics(),
            flowControl: flowControl, audit: audit, gates: configuration.gates, time: time)
    }
}

/// A switch that many threads may look at.
final class Flag: Sendable {
    private let value = Atomic<Bool>(false)

    func store(_ isOn: Bool) { value.store(isOn, ordering: .releasing) }
    var isOn: Bool { value.load(ordering: .acquiring) }
}
