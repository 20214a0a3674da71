internal import APIMachinery
internal import APITypes
internal import ControllerRuntime

/// The `Endpoints` object that a service with a selector ought to have.
enum EndpointsPlan {
    /// More addresses than this are left out, and the object says so; as upstream.
    static let addressesMax = 1000
    static let managedBy = "endpoints.kubernetes.io/managed-by"
    static let manager = "endpoint-controller"
    static let overCapacity = "endpoints.kubernetes.io/over-capacity"
    static let headless = "service.kubernetes.io/headless"

    static func wanted(for service: Service, pods: [Pod], present: Endpoints?) -> Endpoints {
        var wanted = present ?? Endpoints()
        wanted.metadata.name = service.metadata.name
        wanted.metadata.namespace = service.metadata.namespace
        wanted.metadata.labels = service.metadata.labels
        wanted.metadata.labels[managedBy] = manager
        wanted.metadata.labels[headless] = ServicePods.isHeadless(service) ? "" : nil
        let (subsets, isTruncated) = truncated(subsets(of: service, pods))
        wanted.subsets = subsets
        wanted.metadata.annotations[overCapacity] = isTruncated ? "truncated" : nil
        return wanted
    }

    // MARK: Subsets

    private static func subsets(of service: Service, _ pods: [Pod]) -> [EndpointSubset] {
        var addressesOfPorts: [[PortKey]: (ready: [EndpointAddress], notReady: [EndpointAddress])] = [:]
        let publishesNotReady = service.spec.publishNotReadyAddresses
        for pod in pods.sorted(by: { ObjectKey($0) < ObjectKey($1) }) {
            guard ServicePods.isEligible(pod, includingTerminating: publishesNotReady),
                let ip = ServicePods.address(of: pod, family: service.spec.ipFamilies.first ?? "IPv4")
            else { continue }
            let ports = service.spec.ports.compactMap { port in
                ServicePods.targetPort(of: port, in: pod).map { PortKey(port, target: $0) }
            }
            if ports.isEmpty, !(service.spec.ports.isEmpty && ServicePods.isHeadless(service)) { continue }
            let address = address(ip, of: pod, in: service)
            if publishesNotReady || pod.isReady {
                addressesOfPorts[ports.sorted(), default: ([], [])].ready.append(address)
            } else {
                addressesOfPorts[ports.sorted(), default: ([], [])].notReady.append(address)
            }
        }
        return addressesOfPorts.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { ports, addresses in
            var subset = EndpointSubset()
            subset.addresses = addresses.ready
            subset.notReadyAddresses = addresses.notReady
            subset.ports = ports.map(\.endpointPort)
            return subset
        }
    }

    private static func address(_ ip: String, of pod: Pod, in service: Service) -> EndpointAddress {
        var address = EndpointAddress()
        address.ip = ip
        address.nodeName = pod.spec.nodeName.isEmpty ? nil : pod.spec.nodeName
        address.targetRef = ServicePods.reference(to: pod)
        address.hostname = ServicePods.isHeadless(service) ? ServicePods.hostname(of: pod, in: service) ?? "" : ""
        return address
    }

    /// Ready addresses go first when there is not room for all.
    private static func truncated(_ subsets: [EndpointSubset]) -> ([EndpointSubset], Bool) {
        let total = subsets.reduce(0) { $0 + $1.addresses.count + $1.notReadyAddresses.count }
        guard total > addressesMax else { return (subsets, false) }
        var room = addressesMax
        var subsets = subsets
        for index in subsets.indices {
            subsets[index].addresses = Array(subsets[index].addresses.prefix(room))
            room -= subsets[index].addresses.count
        }
        for index in subsets.indices {
            subsets[index].notReadyAddresses = Array(subsets[index].notReadyAddresses.prefix(room))
            room -= subsets[index].notReadyAddresses.count
        }
        return (subsets.filter { !$0.addresses.isEmpty || !$0.notReadyAddresses.isEmpty }, true)
    }

    private struct PortKey: Hashable, Comparable {
        let name: String
        let number: Int32
        let transport: String
        let application: String?

        init(_ port: ServicePort, target: Int32) {
            name = port.name
            number = target
            transport = port.protocol.isEmpty ? "TCP" : port.protocol
            application = port.appProtocol
        }

        var endpointPort: EndpointPort {
            var port = EndpointPort()
            port.name = name
            port.port = number
            port.protocol = transport
            port.appProtocol = application
            return port
        }

        static func < (left: PortKey, right: PortKey) -> Bool {
            (left.name, left.number, left.transport) < (right.name, right.number, right.transport)
        }
    }
}
