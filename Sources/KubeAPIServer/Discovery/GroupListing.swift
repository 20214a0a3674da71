internal import APIMachinery

/// The groups, versions and resources of a catalog in the order that clients should prefer.
struct GroupListing: Sendable {
    struct Version: Sendable {
        let name: GroupVersion
        /// Sorted by name.
        let resources: [ResourceInfo]
    }

    struct Group: Sendable {
        let name: String
        /// The preferred one first.
        let versions: [Version]
    }

    let groups: [Group]

    init(_ resources: [ServedResource]) {
        let byVersion = Dictionary(grouping: resources.map(\.info), by: \.groupVersion)
        let byGroup = Dictionary(grouping: byVersion.keys, by: \.group)
        groups = byGroup.keys.sorted(by: VersionOrder.isGroup).map { group in
            let versions = (byGroup[group] ?? []).sorted { VersionOrder.isVersion($0.version, before: $1.version) }
            return Group(
                name: group,
                versions: versions.map { version in
                    Version(name: version, resources: (byVersion[version] ?? []).sorted { $0.plural < $1.plural })
                })
        }
    }

    func group(_ name: String) -> Group? { groups.first { $0.name == name } }

    func version(_ name: GroupVersion) -> Version? { group(name.group)?.versions.first { $0.name == name } }
}
