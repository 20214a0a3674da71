internal import APIClient
internal import APIMachinery
internal import APITypes
internal import ClusterDNS
internal import ControllerRuntime
internal import Determinism
internal import LinuxKernel
internal import Logging
internal import NIOPosix

/// The cluster's DNS on one node, and the Service under which pods find it.
struct DNSAssembly: Sendable {
    struct Options: Sendable {
        var listenAddress: String
        /// Not 53: that may be taken on the machine; the Service leads there.
        var port = 10053
        var serviceIP = "10.96.0.10"
        var zone = "cluster.local"
        var resolverConfiguration = "/etc/resolv.conf"
    }

    private static let retry = Backoff(initial: .milliseconds(200), maximum: .seconds(30), jitter: 0.5)

    let options: Options
    let wire: Wire
    let time: any Timekeeper
    let random: any RandomSource
    let logger: Logger

    func run() async throws {
        guard let address = IPAddress(options.listenAddress) else {
            throw AssemblyError("\(options.listenAddress) is no IP address")
        }
        let client = wire.client("apus-dns")
        let informers = InformerFactory(client: client, time: time, random: random, logger: logger)
        guard let zone = DNSName(options.zone) else { throw AssemblyError("\(options.zone) is no domain name") }
        let resolvers = try Files.text(options.resolverConfiguration)
        let role = DNSRole(
            DNSServer.Options(
                addresses: [address], port: options.port, zone: zone,
                upstream: ResolverSettings(resolvConf: resolvers, own: [address])),
            informers: informers, eventLoop: MultiThreadedEventLoopGroup.singleton.next(), time: time, random: random,
            logger: logger)
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask { try await keepPublishing(client) }
            group.addTask { try await informers.run() }
            group.addTask { try await role.run() }
        }
    }

    /// Until it is done: the server may start after this.
    private func keepPublishing(_ client: APIClient) async throws {
        var attempt = 0
        while true {
            do throws(StatusError) { return try await publish(client) } catch {
                logger.warning("the Service of the DNS cannot be written", metadata: ["error": "\(error)"])
            }
            try await time.sleep(for: Self.retry.delay(attempt: attempt, random: random))
            attempt += 1
        }
    }

    private func publish(_ client: APIClient) async throws(StatusError) {
        var service = Service()
        service.metadata.name = "kube-dns"
        service.metadata.namespace = "kube-system"
        service.metadata.labels = [
            "k8s-app": "kube-dns", "kubernetes.io/cluster-service": "true", "kubernetes.io/name": "CoreDNS",
        ]
        service.spec.clusterIP = options.serviceIP
        service.spec.ports = [port("dns", "UDP"), port("dns-tcp", "TCP")]
        try await apply(service, client)
        var slice = EndpointSlice()
        slice.metadata.name = "kube-dns"
        slice.metadata.namespace = "kube-system"
        slice.metadata.labels = ["kubernetes.io/service-name": "kube-dns", "endpointslice.kubernetes.io/managed-by": "apus"]
        slice.addressType = "IPv4"
        var endpoint = Endpoint()
        endpoint.addresses = [options.listenAddress]
        endpoint.conditions.ready = true
        slice.endpoints = [endpoint]
        slice.ports = [("dns", "UDP"), ("dns-tcp", "TCP")].map { name, transport in
            var port = DiscoveryEndpointPort()
            port.name = name
            port.protocol = transport
            port.port = Int32(options.port)
            return port
        }
        try await apply(slice, client)
    }

    private func apply<T: APIObject>(_ object: T, _ client: APIClient) async throws(StatusError) {
        let _: T = try await client.patch(
            T.self, object.metadata.name, namespace: object.metadata.namespace, .apply(object.value, force: true))
    }

    private func port(_ name: String, _ transport: String) -> ServicePort {
        var port = ServicePort()
        port.name = name
        port.protocol = transport
        port.port = 53
        port.targetPort = .int(Int32(options.port))
        return port
    }
}
