internal import APIMachinery
internal import Synchronization

/// The registered group versions, kept in step with the cache of APIServices.
final class APIServiceIndex: Sendable {
    private let services = Mutex<[GroupVersion: RegisteredService]>([:])
    private let remotes = Atomic<Int>(0)
    private let changes = Atomic<Int>(0)

    init() {}

    func put(_ service: RegisteredService) { change { $0[service.groupVersion] = service } }

    func remove(_ service: RegisteredService) { change { $0[service.groupVersion] = nil } }

    private func change(_ body: (inout [GroupVersion: RegisteredService]) -> Void) {
        services.withLock { services in
            body(&services)
            remotes.store(services.values.count { $0.remote != nil }, ordering: .releasing)
            changes.add(1, ordering: .releasing)
        }
    }

    /// Changes whenever a service does.
    var version: Int { changes.load(ordering: .acquiring) }

    var all: [RegisteredService] { services.withLock { Array($0.values) } }

    /// Those whose servers are elsewhere.
    var remote: [RegisteredService] { hasRemotes ? all.filter { $0.remote != nil } : [] }

    func service(_ groupVersion: GroupVersion) -> RegisteredService? { services.withLock { $0[groupVersion] } }

    var hasRemotes: Bool { remotes.load(ordering: .acquiring) > 0 }

    /// To whom a request for the path is passed on: `/apis/GROUP/VERSION` and all below it. Every request asks this.
    func remote(at path: String) -> RegisteredService? {
        guard hasRemotes else { return nil }
        let parts = path.split(separator: "/", maxSplits: 3)
        let groupVersion: GroupVersion
        switch (parts.first, parts.count) {
        case ("apis", 3...): groupVersion = GroupVersion(group: String(parts[1]), version: String(parts[2]))
        case ("api", 2...): groupVersion = GroupVersion(group: "", version: String(parts[1]))
        case (_, _): return nil
        }
        return service(groupVersion).flatMap { $0.remote == nil ? nil : $0 }
    }
}
