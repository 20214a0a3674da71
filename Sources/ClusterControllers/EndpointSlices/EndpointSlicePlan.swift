internal import APIMachinery
package import APITypes
internal import ControllerRuntime

/// The slices that a service with a selector ought to have.
package enum EndpointSlicePlan {
    /// As upstream's `--max-endpoints-per-slice`.
    package static let endpointsMax = 100
    static let serviceName = "kubernetes.io/service-name"
    static let managedBy = "endpointslice.kubernetes.io/managed-by"
    static let manager = "endpointslice-controller.k8s.io"
    static let headless = "service.kubernetes.io/headless"
    private static let zoneLabel = "topology.kubernetes.io/zone"
    private static let reservedLabels = [serviceName, managedBy, headless]

    /// - zones: of nodes, by name.
    package static func changes(
        for service: Service, pods: [Pod], zones: [String: String], present: [EndpointSlice]
    ) -> SlicePacking.Changes {
        var groups: [SlicePacking.Group] = []
        for family in service.spec.ipFamilies.isEmpty ? ["IPv4"] : service.spec.ipFamilies {
            groups += Self.groups(service, pods, zones, family)
        }
        return SlicePacking.changes(
            present: present, groups: groups, template: template(service), endpointsMax: endpointsMax)
    }

    /// Zones of nodes from their labels.
    static func zone(of node: Node) -> String? { node.metadata.labels[zoneLabel] }

    private static func template(_ service: Service) -> EndpointSlice {
        var template = EndpointSlice()
        template.metadata.generateName = service.metadata.name + "-"
        template.metadata.namespace = service.metadata.namespace
        template.metadata.ownerReferences = [.controller(service)]
        template.metadata.labels = service.metadata.labels.filter { !reservedLabels.contains($0.key) }
        template.metadata.labels[serviceName] = service.metadata.name
        template.metadata.labels[managedBy] = manager
        if ServicePods.isHeadless(service) { template.metadata.labels[headless] = "" }
        return template
    }

    private static func groups(
        _ service: Service, _ pods: [Pod], _ zones: [String: String], _ family: String
    ) -> [SlicePacking.Group] {
        var groups: [SlicePacking.Group] = []
        for pod in pods.sorted(by: { ObjectKey($0) < ObjectKey($1) }) {
            guard ServicePods.isEligible(pod, includingTerminating: true),
                let address = ServicePods.address(of: pod, family: family)
            else { continue }
            let ports = ports(service, pod)
            let endpoint = endpoint(address, pod, service, zones[pod.spec.nodeName])
            if let index = groups.firstIndex(where: { $0.ports == ports }) {
                groups[index].endpoints.append(endpoint)
            } else {
                groups.append(SlicePacking.Group(addressType: family, ports: ports, endpoints: [endpoint]))
            }
        }
        // Watchers learn from an empty slice that the service is known.
        if groups.isEmpty { groups = [SlicePacking.Group(addressType: family, ports: [], endpoints: [])] }
        for index in groups.indices { addHints(service.spec.trafficDistribution, &groups[index].endpoints) }
        return groups
    }

    private static func ports(_ service: Service, _ pod: Pod) -> [DiscoveryEndpointPort] {
        service.spec.ports.compactMap { port in
            guard let target = ServicePods.targetPort(of: port, in: pod) else { return nil }
            var endpointPort = DiscoveryEndpointPort()
            endpointPort.name = port.name
            endpointPort.port = target
            endpointPort.protocol = port.protocol.isEmpty ? "TCP" : port.protocol
            endpointPort.appProtocol = port.appProtocol
            return endpointPort
        }
    }

    private static func endpoint(_ address: String, _ pod: Pod, _ service: Service, _ zone: String?) -> Endpoint {
        var endpoint = Endpoint()
        endpoint.addresses = [address]
        let isTerminating = pod.metadata.isBeingDeleted
        endpoint.conditions.ready = service.spec.publishNotReadyAddresses || (pod.isReady && !isTerminating)
        endpoint.conditions.serving = pod.isReady
        endpoint.conditions.terminating = isTerminating
        endpoint.nodeName = pod.spec.nodeName.isEmpty ? nil : pod.spec.nodeName
        endpoint.zone = zone
        endpoint.targetRef = ServicePods.reference(to: pod)
        endpoint.hostname = ServicePods.hostname(of: pod, in: service)
        return endpoint
    }

    /// Says for whom each endpoint is best, where the service prefers nearness and every zone is known.
    private static func addHints(_ distribution: String?, _ endpoints: inout [Endpoint]) {
        let prefersNode = distribution == "PreferSameNode"
        guard prefersNode || distribution == "PreferClose" || distribution == "PreferSameZone",
            endpoints.allSatisfy({ $0.zone != nil || $0.conditions.ready != true })
        else { return }
        for index in endpoints.indices {
            var hints = EndpointHints()
            if let name = endpoints[index].zone {
                var zone = ForZone()
                zone.name = name
                hints.forZones = [zone]
            }
            if prefersNode, let name = endpoints[index].nodeName {
                var node = ForNode()
                node.name = name
                hints.forNodes = [node]
            }
            if hints != EndpointHints() { endpoints[index].hints = hints }
        }
    }
}
