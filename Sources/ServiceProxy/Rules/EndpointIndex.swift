/// The endpoints of every service port, gathered from all slices, each address and port once and in order.
struct EndpointIndex {
    private struct Key: Hashable {
        var namespace: String
        var serviceName: String
        var portName: String
        var transport: Transport
    }

    private var endpoints: [Key: [ProxiedEndpoint]] = [:]

    init(_ slices: [ProxiedSlice]) {
        for slice in slices {
            for port in slice.ports {
                let key = Key(
                    namespace: slice.namespace, serviceName: slice.serviceName, portName: port.name,
                    transport: port.transport)
                endpoints[key, default: []] += port.endpoints
            }
        }
    }

    subscript(service: ProxiedService, port: ProxiedService.Port) -> [ProxiedEndpoint] {
        let key = Key(
            namespace: service.namespace, serviceName: service.name, portName: port.name, transport: port.transport)
        let sorted = (endpoints[key] ?? []).sorted { ($0.address, $0.port, $0.rank) < ($1.address, $1.port, $1.rank) }
        var result: [ProxiedEndpoint] = []
        for endpoint in sorted {
            if let last = result.last, (last.address, last.port) == (endpoint.address, endpoint.port) { continue }
            result.append(endpoint)
        }
        return result
    }
}

extension ProxiedEndpoint {
    /// While an endpoint moves from one slice to another both may list it; the better account counts.
    fileprivate var rank: Int { isReady ? 0 : isServing ? 1 : 2 }
}
