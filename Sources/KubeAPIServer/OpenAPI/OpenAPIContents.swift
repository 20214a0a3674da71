internal import APIMachinery

/// What there is to document at one moment, sorted by group and version, each with a name for its contents.
struct OpenAPIContents: Sendable {
    struct Part: Sendable {
        let version: GroupVersion
        let resources: [ServedResource]
        /// Changes when the documents of this group and version would.
        let digest: String

        /// Built-in kinds and custom ones never share a group.
        var isCustom: Bool { resources.contains(where: \.isCustom) }

        var path: String { version.path }
    }

    let parts: [Part]
    /// Changes when a built-in part does.
    let builtinDigest: String

    /// - serverVersion: tells the documents of one release from those of another.
    init(_ resources: [ServedResource], serverVersion: String) {
        let byVersion = Dictionary(grouping: resources, by: \.info.groupVersion)
        parts = byVersion.keys.sorted { ($0.group, $0.version) < ($1.group, $1.version) }.map { version in
            let resources = byVersion[version] ?? []
            return Part(
                version: version, resources: resources, digest: Self.digest(resources, serverVersion: serverVersion))
        }
        builtinDigest = Document.digest(parts.filter { !$0.isCustom }.map { Array($0.digest.utf8) })
    }

    private static func digest(_ resources: [ServedResource], serverVersion: String) -> String {
        var pieces = [Array(serverVersion.utf8)]
        for resource in resources {
            let info = resource.info
            let names = [info.group, info.version, info.kind, info.listKind, info.plural, "\(info.isNamespaced)"]
            let rest = info.verbs + info.subresources.map(\.name)
            pieces.append(Array((names + rest).joined(separator: "\n").utf8))
            if let custom = resource.custom { pieces.append(Array(custom.digest.utf8)) }
        }
        return Document.digest(pieces)
    }

    func part(path: String) -> Part? { parts.first { $0.path == path } }

    /// `/openapi/v3`: where the documents are.
    var index: Value {
        var paths = Value.emptyObject
        for part in parts {
            paths[part.path] = ["serverRelativeURL": .string("/openapi/v3/\(part.path)?hash=\(part.digest)")]
        }
        return ["paths": paths]
    }
}
