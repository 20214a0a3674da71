private import APITables
private import Synchronization

/// The types and resources of the whole API, served or not.
///
/// Kinds and packages are read when the catalog is made, the types of a package when one of them is first asked for.
package final class SchemaCatalog: Sendable {
    /// What the API tables say.
    package static let builtin = SchemaCatalog()

    /// In the order of their names.
    package let packages: [SchemaPackage]
    /// Every resource in every version, also those that are not served by default; preferred versions first.
    package let resources: [ResourceInfo]

    private let packagesByName: [String: SchemaPackage]
    private let resourcesByName: [GroupVersionResource: ResourceInfo]
    private let resourcesByKind: [GroupVersionKind: ResourceInfo]
    private let loaded = Mutex<[String: [String: SchemaType]]>([:])
    /// The closed sets of values, by name.
    private let valueSets: [String: [String]]

    init() {
        packages = TableText(TypeTables.packages).map {
            SchemaPackage(name: $0[0], group: $0[1], version: $0[2], protobufPackage: $0[3], openAPIPrefix: $0[4])
        }
        resources = TableText(KindTable.text).map(ResourceInfo.init)
        packagesByName = Dictionary(packages.map { ($0.name, $0) }) { first, _ in first }
        resourcesByName = Dictionary(resources.map { ($0.groupVersionResource, $0) }) { first, _ in first }
        resourcesByKind = Dictionary(resources.map { ($0.groupVersionKind, $0) }) { first, _ in first }
        valueSets = Dictionary(TableText(ValueSetTable.text).filter { $0[1] == "closed" }.map { ($0[0], $0.list(2)) }) {
            first, _ in first
        }
    }

    // MARK: Resources

    package func resource(_ resource: GroupVersionResource) -> ResourceInfo? { resourcesByName[resource] }

    /// The resource whose objects are of the kind; `nil` for kinds that only subresources speak.
    package func resource(for kind: GroupVersionKind) -> ResourceInfo? { resourcesByKind[kind] }

    // MARK: Types

    /// The type of the table's name, `core/v1.Pod`.
    package func type(_ name: String) -> SchemaType? { types(inPackage: SchemaPackage.name(ofType: name))[name] }

    /// The type of a kind, also of kinds without a resource of their own (Scale, Eviction, DeleteOptions).
    package func type(for kind: GroupVersionKind) -> SchemaType? {
        if let resource = resourcesByKind[kind] { return type(resource.typeName) }
        for package in packages where package.group == kind.group && package.version == kind.version {
            if let type = type("\(package.name).\(kind.kind)") { return type }
        }
        let isShared =
            SchemaCatalog.kindsOfEveryVersion.contains(kind.kind)
            || (kind.groupVersion == SchemaCatalog.core && SchemaCatalog.kindsWithoutVersion.contains(kind.kind))
        return isShared ? type("meta/v1.\(kind.kind)") : nil
    }

    /// Kinds of meta/v1 that go by the name of any group and version.
    private static let kindsOfEveryVersion: Set = [
        "CreateOptions", "DeleteOptions", "GetOptions", "ListOptions", "PatchOptions", "UpdateOptions", "WatchEvent",
    ]
    /// Kinds of meta/v1 that always go by the name of `v1`.
    private static let kindsWithoutVersion: Set = ["APIGroup", "APIGroupList", "APIResourceList", "APIVersions", "Status"]
    private static let core = GroupVersion("v1")

    /// The types of a package by their names.
    package func types(inPackage package: String) -> [String: SchemaType] {
        if let types = loaded.withLock({ $0[package] }) { return types }
        guard let text = TypeTables.types(of: package), let package = packagesByName[package] else { return [:] }
        let parsed = SchemaParser(package: package, valueSets: valueSets) { [unowned self] in require($0) }.parse(text)
        return loaded.withLock { loaded in
            // Whoever parsed first wins, so that a type is one object.
            if let types = loaded[package.name] { return types }
            loaded[package.name] = parsed
            return parsed
        }
    }

    package func package(_ name: String) -> SchemaPackage? { packagesByName[name] }

    /// The package that a type belongs to.
    package func package(ofType name: String) -> SchemaPackage? { packagesByName[SchemaPackage.name(ofType: name)] }

    /// The name in OpenAPI documents: `io.k8s.api.core.v1.Pod`.
    package func openAPIName(ofType name: String) -> String? {
        package(ofType: name).map { "\($0.openAPIPrefix).\(SchemaPackage.bareName(ofType: name))" }
    }

    private func require(_ name: String) -> SchemaType {
        guard let type = type(name) else { preconditionFailure("the tables refer to \(name) and do not have it") }
        return type
    }
}

extension ResourceInfo {
    fileprivate init(_ row: TableText.Row) {
        let group = row[0] == "-" ? "" : row[0]
        let version = row[1]
        self.init(
            group: group, version: version, kind: row[2], listKind: row[3] == "-" ? "" : row[3], plural: row[4],
            singular: row[5], shortNames: row.list(6), categories: row.list(7), isNamespaced: row[8] == "true",
            verbs: row.list(9),
            subresources: row[10].split(separator: ";").compactMap {
                Subresource($0.drop { $0 == " " }, in: GroupVersion(group: group, version: version))
            },
            storageVersion: ResourceInfo.storageVersion(row[11]), isServedByDefault: row[12] == "yes",
            typeName: row[13])
    }

    /// `apps/v1`, `/v1` for the core group, `-` for what is not stored.
    private static func storageVersion(_ text: String) -> GroupVersion? {
        guard let slash = text.firstIndex(of: "/") else { return nil }
        return GroupVersion(group: String(text[..<slash]), version: String(text[text.index(after: slash)...]))
    }
}

extension ResourceInfo.Subresource {
    /// Reads `scale[get,patch]:autoscaling/v1/Scale`; a kind alone is of the resource's own group and version.
    fileprivate init?(_ text: Substring, in own: GroupVersion) {
        guard let open = text.firstIndex(of: "["), let close = text.firstIndex(of: "]") else { return nil }
        let kind = text[close...].dropFirst(2).split(separator: "/").map(String.init)
        guard let name = kind.last else { return nil }
        let group = kind.count > 2 ? kind[0] : kind.count == 2 ? "" : own.group
        let version = kind.count > 1 ? kind[kind.count - 2] : own.version
        self.init(
            name: String(text[..<open]), verbs: text[open..<close].dropFirst().split(separator: ",").map(String.init),
            kind: GroupVersionKind(group: group, version: version, kind: name))
    }
}
