internal import APIClient
package import APIMachinery

/// `/api` and `/apis` and what lies below them, down to the resources: what this server serves at the moment.
package struct DiscoveryPages: PageHandler {
    private enum Page: Hashable {
        case core
        case groups
        case group(String)
        case version(GroupVersion)
    }

    private struct Key: Hashable {
        let page: Page
        let type: DiscoveryType
    }

    /// `host:port` of this server.
    private let address: String
    private let remotes: RemoteVersions
    private let listings: CatalogContents<GroupListing>
    private let documents = DocumentCache<Key, Int, Document>()

    init(catalog: ResourceCatalog, remotes: RemoteVersions, address: String) {
        listings = CatalogContents(catalog) { remotes.version }
        self.remotes = remotes
        self.address = address
    }

    package func answer(
        _ request: ServerRequest, _ info: RequestInfo, _ user: UserInfo
    ) async throws(StatusError) -> ServerAnswer? {
        guard let page = Self.page(request.path) else { return nil }
        guard request.method == .get || request.method == .head else {
            throw .noSuchMethod()
        }
        guard
            let type = DiscoveryType.negotiate(
                accept: request.headers["accept"], allowsAggregated: page == .core || page == .groups)
        else { throw .notAcceptable(NegotiatedType.supported(FeatureGates())) }
        let (version, listing) = listings.current { resources in
            let listing = GroupListing(resources, remotes: remotes.all, priority: remotes.priority)
            documents.keep { Self.exists($0.page, in: listing) }
            return listing
        }
        guard Self.exists(page, in: listing) else { return nil }
        let document = try documents.value(Key(page: page, type: type), version: version) {
            () throws(StatusError) in try Self.document(page, type, listing, address: address)
        }
        return .response(document.answer(request))
    }

    private static func exists(_ page: Page, in listing: GroupListing) -> Bool {
        switch page {
        case .core, .groups: true
        case .group(let name): listing.group(name) != nil
        case .version(let name): listing.version(name) != nil
        }
    }

    private static func page(_ path: String) -> Page? {
        guard !path.contains("//") else { return nil }
        let parts = path.split(separator: "/").map(String.init)
        switch (parts.first, parts.count) {
        case ("api", 1): return .core
        case ("api", 2): return .version(GroupVersion(group: "", version: parts[1]))
        case ("apis", 1): return .groups
        case ("apis", 2): return .group(parts[1])
        case ("apis", 3): return .version(GroupVersion(group: parts[1], version: parts[2]))
        case _: return nil
        }
    }

    // MARK: Documents

    private static func document(
        _ page: Page, _ type: DiscoveryType, _ listing: GroupListing, address: String
    ) throws(StatusError) -> Document {
        if case .aggregated(let version) = type.shape {
            let apiVersion = "apidiscovery.k8s.io/\(version)"
            let list = AggregatedDiscovery.list(listing, core: page == .core, apiVersion: apiVersion)
            return try encode(list, type, as: "apidiscovery/\(version).APIGroupDiscoveryList", apiVersion: apiVersion)
        }
        switch page {
        case .core:
            return try encode(ClassicDiscovery.coreVersions(listing, address: address), type, as: "meta/v1.APIVersions")
        case .groups:
            return try encode(ClassicDiscovery.groups(listing), type, as: "meta/v1.APIGroupList")
        case .group(let name):
            guard let group = listing.group(name) else { throw .noSuchPage() }
            return try encode(ClassicDiscovery.groupDocument(group), type, as: "meta/v1.APIGroup")
        case .version(let name):
            guard let version = listing.version(name) else { throw .noSuchPage() }
            return try encode(ClassicDiscovery.resources(version), type, as: "meta/v1.APIResourceList")
        }
    }

    private static func encode(
        _ value: Value, _ type: DiscoveryType, as typeName: String, apiVersion: String = "v1"
    ) throws(StatusError) -> Document {
        switch type.encoding {
        case .json: return Document([value.json], contentType: type.contentType)
        case .yaml: return Document([Array(YAML.text(value).utf8)], contentType: type.contentType)
        case .cbor: throw .notAcceptable(NegotiatedType.supported(FeatureGates()))
        case .protobuf:
            guard let schema = SchemaCatalog.builtin.type(typeName) else {
                preconditionFailure("the API tables lack \(typeName)")
            }
            do throws(ProtobufError) {
                let bytes = try ProtobufCodec.encode(
                    value, as: schema, apiVersion: apiVersion, kind: value["kind"]?.stringValue ?? "")
                return Document([bytes], contentType: type.contentType)
            } catch { throw .internalError("\(error)") }
        }
    }
}
