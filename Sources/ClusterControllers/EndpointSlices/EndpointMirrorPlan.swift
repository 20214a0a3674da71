internal import APIMachinery
internal import APITypes
internal import ControllerRuntime

/// The slices that mirror an `Endpoints` object.
enum EndpointMirrorPlan {
    static let manager = "endpointslicemirroring-controller.k8s.io"
    /// Further addresses of a subset are not mirrored; as upstream.
    static let addressesPerSubsetMax = 1000
    private static let skipLabel = "endpointslice.kubernetes.io/skip-mirror"
    private static let leaderAnnotation = "control-plane.alpha.kubernetes.io/leader"
    private static let lastChangeAnnotation = "endpoints.kubernetes.io/last-change-trigger-time"

    static func changes(
        service: Service?, endpoints: Endpoints?, present: [EndpointSlice]
    ) -> SlicePacking.Changes {
        guard let service, let endpoints, service.spec.selector.isEmpty, isMirrored(endpoints) else {
            return SlicePacking.Changes(delete: present)
        }
        let groups = endpoints.subsets.flatMap(groups)
        guard !groups.isEmpty else { return SlicePacking.Changes(delete: present) }
        return SlicePacking.changes(
            present: present, groups: merged(groups), template: template(endpoints),
            endpointsMax: EndpointSlicePlan.endpointsMax)
    }

    private static func isMirrored(_ endpoints: Endpoints) -> Bool {
        endpoints.metadata.labels[skipLabel] != "true" && endpoints.metadata.annotations[leaderAnnotation] == nil
            && !endpoints.metadata.isBeingDeleted
    }

    private static func template(_ endpoints: Endpoints) -> EndpointSlice {
        var template = EndpointSlice()
        template.metadata.generateName = endpoints.metadata.name + "-"
        template.metadata.namespace = endpoints.metadata.namespace
        template.metadata.ownerReferences = [.controller(endpoints)]
        template.metadata.labels = endpoints.metadata.labels
        template.metadata.labels[EndpointSlicePlan.serviceName] = endpoints.metadata.name
        template.metadata.labels[EndpointSlicePlan.managedBy] = manager
        template.metadata.annotations = endpoints.metadata.annotations.filter { $0.key != lastChangeAnnotation }
        return template
    }

    private static func groups(_ subset: EndpointSubset) -> [SlicePacking.Group] {
        let ports = subset.ports.map { port in
            var mirrored = DiscoveryEndpointPort()
            mirrored.name = port.name
            mirrored.port = port.port
            mirrored.protocol = port.protocol
            mirrored.appProtocol = port.appProtocol
            return mirrored
        }
        let all = subset.addresses.map { ($0, true) } + subset.notReadyAddresses.map { ($0, false) }
        var byFamily: [String: [Endpoint]] = [:]
        for (address, isReady) in all.prefix(addressesPerSubsetMax) {
            let family = address.ip.utf8.contains(UInt8(ascii: ":")) ? "IPv6" : "IPv4"
            byFamily[family, default: []].append(endpoint(address, isReady: isReady))
        }
        return byFamily.sorted { $0.key < $1.key }.map {
            SlicePacking.Group(addressType: $0.key, ports: ports, endpoints: $0.value)
        }
    }

    private static func endpoint(_ address: EndpointAddress, isReady: Bool) -> Endpoint {
        var endpoint = Endpoint()
        endpoint.addresses = [address.ip]
        endpoint.conditions.ready = isReady
        endpoint.hostname = address.hostname.isEmpty ? nil : address.hostname
        endpoint.nodeName = address.nodeName
        endpoint.targetRef = address.targetRef
        return endpoint
    }

    /// Subsets with the same ports share slices.
    private static func merged(_ groups: [SlicePacking.Group]) -> [SlicePacking.Group] {
        var merged: [SlicePacking.Group] = []
        for group in groups {
            if let index = merged.firstIndex(where: { $0.addressType == group.addressType && $0.ports == group.ports }) {
                merged[index].endpoints += group.endpoints
            } else {
                merged.append(group)
            }
        }
        return merged
    }
}
