internal import APIMachinery

/// The group versions of extension API servers, for the pages that show everything that is served.
struct RemoteVersions: Sendable {
    let index: APIServiceIndex
    let documents: RemoteDocuments

    /// Changes whenever what follows from these does.
    var version: Int { index.version + documents.version }

    var all: [RemoteVersion] { index.remote.map(documents.version(of:)) }

    /// Those whose schemas are known, in the order of their names.
    var services: [RegisteredService] { index.remote.sorted { $0.name < $1.name } }

    /// What the APIService says, or else what upstream gives to built-in groups and to custom resources.
    func priority(_ groupVersion: GroupVersion) -> APIServicePriority {
        guard let service = index.service(groupVersion) else { return .usual(groupVersion) }
        return APIServicePriority(group: service.groupPriority, version: service.versionPriority)
    }
}
