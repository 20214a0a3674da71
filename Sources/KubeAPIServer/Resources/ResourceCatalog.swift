package import APIMachinery
internal import Synchronization

/// What is served at this moment: built-in resources and custom ones. A snapshot behind a lock;
/// discovery and OpenAPI ask for the `version` to know whether their documents are still true.
package final class ResourceCatalog: Sendable {
    private struct State {
        var resources: [GroupVersionResource: ServedResource] = [:]
        /// There, but not for clients.
        var withheld: [GroupVersionResource: ServedResource] = [:]
        var version = 0
    }

    private let state = Mutex(State())

    private let requests: RequestFamilies

    /// - requests: what counts them.
    package init(requests: RequestFamilies = RequestFamilies()) { self.requests = requests }

    private func metered(_ resource: ServedResource) -> ServedResource {
        var resource = resource
        resource.meter = requests.meter(resource.info.groupVersionResource)
        resource.watchMeter = requests.watches(resource.info.groupVersionResource)
        return resource
    }

    package func resource(group: String, version: String, resource: String) -> ServedResource? {
        let key = GroupVersionResource(group: group, version: version, resource: resource)
        return state.withLock { $0.resources[key] }
    }

    /// What the server itself needs, whether clients may have it or not.
    package func kept(_ key: GroupVersionResource) -> ServedResource? {
        state.withLock { $0.resources[key] ?? $0.withheld[key] }
    }

    /// Adds what clients do not get to see.
    package func withhold(_ resource: ServedResource) {
        state.withLock { $0.withheld[resource.info.groupVersionResource] = resource }
    }

    package func add(_ resource: ServedResource) {
        let resource = metered(resource)
        state.withLock { state in
            state.resources[resource.info.groupVersionResource] = resource
            state.version += 1
        }
    }

    package func remove(_ key: GroupVersionResource) {
        state.withLock { state in
            state.resources[key] = nil
            state.version += 1
        }
    }

    /// Takes some out and puts others in, in one step.
    package func replace(_ keys: [GroupVersionResource], with resources: [ServedResource]) {
        let resources = resources.map(metered)
        state.withLock { state in
            for key in keys { state.resources[key] = nil }
            for resource in resources { state.resources[resource.info.groupVersionResource] = resource }
            state.version += 1
        }
    }

    /// Every served resource in a stable order: group, version, name.
    package var all: [ServedResource] { snapshot.resources }

    /// All resources, and the version that says that these are they.
    package var snapshot: (version: Int, resources: [ServedResource]) {
        let (version, resources) = state.withLock { ($0.version, Array($0.resources.values)) }
        let sorted = resources.sorted {
            ($0.info.group, $0.info.version, $0.info.plural) < ($1.info.group, $1.info.version, $1.info.plural)
        }
        return (version, sorted)
    }

    /// The other served versions of a resource.
    package func versions(besides key: GroupVersionResource) -> [GroupVersionResource] {
        state.withLock { state in
            state.resources.keys.filter { $0.group == key.group && $0.resource == key.resource && $0 != key }
        }.sorted { $0.version < $1.version }
    }

    /// Changes whenever what is served changes.
    package var version: Int { state.withLock { $0.version } }

    /// Whether anything is served under a group and version.
    package func serves(_ groupVersion: GroupVersion) -> Bool {
        state.withLock { $0.resources.keys.contains { $0.groupVersion == groupVersion } }
    }
}
