package import APIMachinery

/// The groups, versions and resources of a catalog in the order that clients should prefer.
package struct GroupListing: Sendable {
    package struct Version: Sendable {
        package let name: GroupVersion
        /// Sorted by name; empty when an extension server serves it.
        package let resources: [ResourceInfo]
        package let remote: RemoteVersion?
    }

    package struct Group: Sendable {
        package let name: String
        /// The preferred one first.
        package let versions: [Version]
    }

    package let groups: [Group]

    /// - remotes: what extension servers serve; they go before what is served here.
    package init(
        _ resources: [ServedResource], remotes: [RemoteVersion] = [],
        priority: (GroupVersion) -> APIServicePriority = APIServicePriority.usual
    ) {
        let byVersion = Dictionary(grouping: resources.map(\.info), by: \.groupVersion)
        let remotes = Dictionary(remotes.map { ($0.groupVersion, $0) }) { first, _ in first }
        let byGroup = Dictionary(grouping: Set(byVersion.keys).union(remotes.keys), by: \.group)
        // The core group is a document of its own; its place among the others does not matter.
        let groupPriority = byGroup.mapValues { $0.map { priority($0).group }.max() ?? 0 }
        let names = byGroup.keys.sorted { (-(groupPriority[$0] ?? 0), $0) < (-(groupPriority[$1] ?? 0), $1) }
        groups = names.map { group in
            let versions = (byGroup[group] ?? []).sorted { left, right in
                let (first, second) = (priority(left).version, priority(right).version)
                return first == second ? VersionOrder.isVersion(left.version, before: right.version) : first > second
            }
            return Group(
                name: group,
                versions: versions.map { version in
                    let remote = remotes[version]
                    let resources = remote == nil ? byVersion[version] ?? [] : []
                    return Version(name: version, resources: resources.sorted { $0.plural < $1.plural }, remote: remote)
                })
        }
    }

    func group(_ name: String) -> Group? { groups.first { $0.name == name } }

    func version(_ name: GroupVersion) -> Version? { group(name.group)?.versions.first { $0.name == name } }
}
