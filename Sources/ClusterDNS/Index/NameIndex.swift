package import APIMachinery
internal import Synchronization

/// Everything in the cluster that has a name, kept so that each question is one look into a dictionary.
///
/// Changes come one object at a time and cost as much as the Service they concern.
package final class NameIndex: Sendable {
    /// Names a Service.
    package struct ServiceKey: Hashable, Sendable {
        package var namespace: String
        package var name: String
    }

    /// One address behind a Service, with its host name.
    package struct NamedEndpoint: Hashable, Sendable {
        package var address: IPAddress
        package var hostname: String
        package var ports: [NamedPort]
    }

    /// What is known of a Service.
    package struct Entry: Sendable {
        package var service: NamedService
        package var endpoints: [NamedEndpoint]
        /// The same endpoints by host name.
        package var byHostname: [String: [NamedEndpoint]]
    }

    /// Who has an address.
    package enum Owner: Hashable, Sendable {
        case service(ServiceKey)
        case endpoint(hostname: String, ServiceKey)
    }

    private struct State {
        var services: [ServiceKey: NamedService] = [:]
        var slices: [ServiceKey: [String: NamedSlice]] = [:]
        var entries: [ServiceKey: Entry] = [:]
        var owners: [IPAddress: Set<Owner>] = [:]
        var namespaces: Set<String> = []
        var serial: UInt32 = 1
    }

    private let state = Mutex(State())

    package init() {}

    // MARK: Asking

    package func entry(namespace: String, name: String) -> Entry? {
        state.withLock { $0.entries[ServiceKey(namespace: namespace, name: name)] }
    }

    package func hasNamespace(_ name: String) -> Bool { state.withLock { $0.namespaces.contains(name) } }

    /// Who has the address: Services first, then endpoints, in order of names.
    package func owners(of address: IPAddress) -> [Owner] {
        state.withLock { $0.owners[address] ?? [] }.sorted { Self.order($0) < Self.order($1) }
    }

    /// Counts the changes; the version of the zone.
    package var serial: UInt32 { state.withLock { $0.serial } }

    // MARK: Changing

    package func set(_ service: NamedService) {
        change(ServiceKey(namespace: service.namespace, name: service.name)) { $0.services[$1] = service }
    }

    package func removeService(namespace: String, name: String) {
        change(ServiceKey(namespace: namespace, name: name)) { $0.services[$1] = nil }
    }

    /// A slice never moves to another Service: its label is then that of a new slice, and the old one must be removed.
    package func set(_ slice: NamedSlice) {
        change(ServiceKey(namespace: slice.namespace, name: slice.serviceName)) {
            $0.slices[$1, default: [:]][slice.name] = slice
        }
    }

    package func removeSlice(namespace: String, serviceName: String, name: String) {
        change(ServiceKey(namespace: namespace, name: serviceName)) {
            $0.slices[$1]?[name] = nil
            if $0.slices[$1]?.isEmpty == true { $0.slices[$1] = nil }
        }
    }

    package func addNamespace(_ name: String) { state.withLock { _ = $0.namespaces.insert(name) } }

    package func removeNamespace(_ name: String) { state.withLock { _ = $0.namespaces.remove(name) } }

    private func change(_ key: ServiceKey, _ body: (inout State, ServiceKey) -> Void) {
        state.withLock { state in
            Self.disown(state.entries[key], key, &state)
            body(&state, key)
            let entry = state.services[key].map { Self.entry($0, state.slices[key] ?? [:]) }
            state.entries[key] = entry
            for (address, owner) in Self.owned(entry, key) { state.owners[address, default: []].insert(owner) }
            state.serial &+= 1
        }
    }

    private static func disown(_ entry: Entry?, _ key: ServiceKey, _ state: inout State) {
        for (address, owner) in owned(entry, key) {
            state.owners[address]?.remove(owner)
            if state.owners[address]?.isEmpty == true { state.owners[address] = nil }
        }
    }

    private static func entry(_ service: NamedService, _ slices: [String: NamedSlice]) -> Entry {
        var endpoints: [NamedEndpoint] = []
        var seen: Set<NamedEndpoint> = []
        for slice in slices.sorted(by: { $0.key < $1.key }).map(\.value) {
            for endpoint in slice.endpoints where endpoint.isReady || service.publishNotReadyAddresses {
                for address in endpoint.addresses {
                    let hostname = endpoint.hostname.isEmpty ? dashed(address) : endpoint.hostname.lowercased()
                    let named = NamedEndpoint(address: address, hostname: hostname, ports: slice.ports)
                    if seen.insert(named).inserted { endpoints.append(named) }
                }
            }
        }
        return Entry(
            service: service, endpoints: endpoints, byHostname: Dictionary(grouping: endpoints, by: \.hostname))
    }

    /// Addresses that lead back to names: cluster addresses, and endpoints of headless Services.
    private static func owned(_ entry: Entry?, _ key: ServiceKey) -> [(IPAddress, Owner)] {
        guard let entry else { return [] }
        switch entry.service.target {
        case .clusterIPs(let addresses): return addresses.map { ($0, .service(key)) }
        case .endpoints: return entry.endpoints.map { ($0.address, .endpoint(hostname: $0.hostname, key)) }
        case .external: return []
        }
    }

    /// The host name of an endpoint that has none: `10-244-0-7`.
    private static func dashed(_ address: IPAddress) -> String {
        String(address.description.map { $0 == "." || $0 == ":" ? "-" : $0 })
    }

    private static func order(_ owner: Owner) -> (Int, String, String, String) {
        switch owner {
        case .service(let key): (0, key.namespace, key.name, "")
        case .endpoint(let hostname, let key): (1, key.namespace, key.name, hostname)
        }
    }
}
