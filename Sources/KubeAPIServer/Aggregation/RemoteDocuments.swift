internal import APIMachinery
internal import Synchronization

/// What extension API servers say of themselves: which resources there are, and their schemas. Kept by the names of
/// APIServices; asked for anew by the controller, and given to the pages of discovery and OpenAPI.
final class RemoteDocuments: Sendable {
    /// One document of one server.
    private struct Kept: Sendable, Equatable {
        var etag = ""
        var value: Value = .null
    }

    private struct Known: Sendable, Equatable {
        var version: RemoteVersion
        var discovery = Kept()
        var openAPI2 = Kept()
        /// Where its OpenAPI of version 3 is; empty when it has none.
        var openAPI3 = ""
    }

    private let remote: RemoteQuestions
    private let known = Mutex<[String: Known]>([:])
    private let changes = Atomic<Int>(0)

    init(_ remote: RemoteQuestions) { self.remote = remote }

    // MARK: For the pages

    /// Changes whenever a document does.
    var version: Int { changes.load(ordering: .acquiring) }

    func version(of service: RegisteredService) -> RemoteVersion {
        known.withLock { $0[service.name]?.version } ?? RemoteVersion(service.groupVersion)
    }

    /// `nil` while nobody knows it.
    func openAPI2(of service: RegisteredService) -> Value? {
        known.withLock { $0[service.name]?.openAPI2.value }.flatMap { $0.isNull ? nil : $0 }
    }

    /// `nil` when there is none.
    func openAPI3(of service: RegisteredService) -> String? {
        known.withLock { $0[service.name]?.openAPI3 }.flatMap { $0.isEmpty ? nil : $0 }
    }

    // MARK: For the controller

    /// Why the server's own discovery does not come; `nil` when it does.
    func ask(_ service: RegisteredService, _ path: String) async -> String? { await remote.failure(service, path) }

    /// Reads again what the server says; what has not changed is not read twice.
    func refresh(_ service: RegisteredService) async {
        let before = known.withLock { $0[service.name] }
        var now = before ?? Known(version: RemoteVersion(service.groupVersion))
        await refreshDiscovery(service, &now)
        now.openAPI2 = await read("/openapi/v2", service, now.openAPI2)
        let index = await remote.get("/openapi/v3", of: service, accept: "application/json")
        now.openAPI3 = index.document?["paths"]?[service.groupVersion.path]?["serverRelativeURL"]?.stringValue ?? ""
        keep(now, service.name)
    }

    /// The server does not answer: what it serves is not known.
    func markStale(_ service: RegisteredService) {
        keep(Known(version: RemoteVersion(service.groupVersion)), service.name)
    }

    func forget(_ name: String) {
        let wasKnown = known.withLock { $0.removeValue(forKey: name) != nil }
        if wasKnown { changes.add(1, ordering: .releasing) }
    }

    private func keep(_ now: Known, _ name: String) {
        let isNew = known.withLock { known in
            defer { known[name] = now }
            return known[name] != now
        }
        if isNew { changes.add(1, ordering: .releasing) }
    }

    private func refreshDiscovery(_ service: RegisteredService, _ known: inout Known) async {
        let groupVersion = service.groupVersion
        known.discovery = await read("/apis", service, known.discovery, accept: RemoteDiscovery.accept)
        var resources = RemoteDiscovery.resources(known.discovery.value, of: groupVersion)
        if resources == nil {
            let answer = await remote.get("/" + groupVersion.path, of: service, accept: "application/json")
            resources = answer.document.flatMap { RemoteDiscovery.resources(ofList: $0, groupVersion) }
        }
        known.version = RemoteVersion(groupVersion, resources: resources ?? [], isStale: resources == nil)
    }

    private func read(
        _ path: String, _ service: RegisteredService, _ kept: Kept, accept: String = "application/json"
    ) async -> Kept {
        let answer = await remote.get(path, of: service, accept: accept, etag: kept.etag)
        if answer.code == 304 { return kept }
        return Kept(etag: answer.etag, value: answer.document ?? .null)
    }
}
