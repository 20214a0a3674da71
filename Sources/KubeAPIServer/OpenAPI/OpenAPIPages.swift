internal import APIClient
package import APIMachinery

/// `/openapi/v2` and `/openapi/v3`: the schemas and operations of all that is served. Made when they are first asked
/// for, of the API tables and the definitions of custom resources.
package struct OpenAPIPages: PageHandler {
    private struct FragmentKey: Hashable {
        /// `nil`: all built-in resources.
        let version: GroupVersion?
        let encoding: OpenAPIEncoding
    }

    private struct DocumentKey: Hashable {
        let path: String
        let encoding: OpenAPIEncoding
    }

    private let serverVersion: String
    private let remotes: RemoteVersions
    private let aggregation: AggregationProxy
    private let contents: CatalogContents<OpenAPIContents>
    private let fragments = DocumentCache<FragmentKey, String, OpenAPIFragment>()
    private let wholes = DocumentCache<OpenAPIEncoding, Int, Document>()
    private let documents = DocumentCache<DocumentKey, String, Document>()

    init(
        catalog: ResourceCatalog, remotes: RemoteVersions, aggregation: AggregationProxy, serverVersion: String
    ) {
        contents = CatalogContents(catalog) { remotes.version }
        self.remotes = remotes
        self.aggregation = aggregation
        self.serverVersion = serverVersion
    }

    package func answer(
        _ request: ServerRequest, _ info: RequestInfo, _ user: UserInfo
    ) async throws(StatusError) -> ServerAnswer? {
        guard request.path.hasPrefix("/openapi/v"), request.method == .get || request.method == .head else { return nil }
        let path = request.path.split(separator: "/").dropFirst()
        let (version, contents) = contents.current { resources in
            let contents = OpenAPIContents(resources, serverVersion: serverVersion)
            let paths = Set(contents.parts.map(\.path))
            let versions = Set(contents.parts.map(\.version))
            documents.keep { paths.contains($0.path) }
            fragments.keep { $0.version.map(versions.contains) ?? true }
            return contents
        }
        let document: Document
        switch (path.first, path.count) {
        case ("v2", 1):
            document = whole(contents, version, try encoding(request, "v2"))
        case ("v3", 1):
            document = Document([index(contents).json], contentType: "application/json")
        case ("v3", _):
            if let service = aggregation.service(at: "/" + path.dropFirst().joined(separator: "/")) {
                return aggregation.answer(request, user, service)
            }
            guard let part = contents.part(path: path.dropFirst().joined(separator: "/")) else { return nil }
            document = self.document(part, try encoding(request, "v3"))
        case _: return nil
        }
        return .response(document.answer(request))
    }

    private func encoding(_ request: ServerRequest, _ version: String) throws(StatusError) -> OpenAPIEncoding {
        guard let accept = request.headers["accept"], !accept.isEmpty else { return .json }
        let protobuf = "application/com.github.proto-openapi.spec.\(version)"
        for clause in accept.split(separator: ",") {
            switch clause.prefix(while: { $0 != ";" }).trimmed {
            case "\(protobuf)@v1.0+protobuf", "\(protobuf).v1.0+protobuf": return .protobuf
            case "application/json", "application/*", "*/*": return .json
            case _: continue
            }
        }
        throw .notAcceptable(["application/json", "\(protobuf)@v1.0+protobuf"])
    }

    // MARK: Version 2: one document

    private func whole(_ contents: OpenAPIContents, _ version: Int, _ encoding: OpenAPIEncoding) -> Document {
        wholes.value(encoding, version: version) {
            let custom = contents.parts.filter(\.isCustom)
            let builtin = fragments.value(
                FragmentKey(version: nil, encoding: encoding), version: contents.builtinDigest
            ) {
                let resources = contents.parts.filter { !$0.isCustom }.flatMap(\.resources)
                return OpenAPIFragment(
                    .v2, encoding, paths: Self.paths(resources, .v2),
                    definitions: ResourceDefinitions(dialect: .v2).builtin(resources))
            }
            let others = custom.map { part in
                fragments.value(FragmentKey(version: part.version, encoding: encoding), version: part.digest) {
                    OpenAPIFragment(
                        .v2, encoding, paths: Self.paths(part.resources, .v2),
                        definitions: ResourceDefinitions(dialect: .v2).custom(part.resources))
                }
            }
            return OpenAPIAssembly(dialect: .v2, encoding: encoding, version: serverVersion)
                .document(withRemotes([builtin] + others, encoding))
        }
    }

    /// What extension servers add: each may take no name that one before it has.
    private func withRemotes(_ fragments: [OpenAPIFragment], _ encoding: OpenAPIEncoding) -> [OpenAPIFragment] {
        var fragments = fragments
        for service in remotes.services {
            guard let document = remotes.documents.openAPI2(of: service) else { continue }
            let taken = fragments.reduce(into: Set<String>()) { $0.formUnion($1.names) }
            let added = RemoteSchemaPlan.decide(document, service.groupVersion, taken: taken)
            fragments.append(OpenAPIFragment(.v2, encoding, paths: added.paths, definitions: added.definitions))
        }
        return fragments
    }

    // MARK: Version 3: a document for each group and version

    private func document(_ part: OpenAPIContents.Part, _ encoding: OpenAPIEncoding) -> Document {
        documents.value(DocumentKey(path: part.path, encoding: encoding), version: part.digest) {
            let definitions = ResourceDefinitions(dialect: .v3)
            let fragment = OpenAPIFragment(
                .v3, encoding, paths: Self.paths(part.resources, .v3),
                definitions: part.isCustom
                    ? definitions.custom(part.resources) + definitions.sharedWithCustom(part.resources)
                    : definitions.builtin(part.resources))
            return OpenAPIAssembly(dialect: .v3, encoding: encoding, version: serverVersion).document([fragment])
        }
    }

    /// Where the documents are, those of extension servers in their own words.
    private func index(_ contents: OpenAPIContents) -> Value {
        var index = contents.index
        for service in remotes.services {
            let url = remotes.documents.openAPI3(of: service)
            index[path: "paths", service.groupVersion.path] = url.map { ["serverRelativeURL": .string($0)] }
        }
        return index
    }

    private static func paths(_ resources: [ServedResource], _ dialect: OpenAPIDialect) -> [(path: String, item: Value)] {
        resources.flatMap { ResourcePaths($0, dialect).items() }.sorted { $0.path < $1.path }
    }
}
