/// A group and version of the API: `apps/v1`, or `v1` for the core group.
package struct GroupVersion: Sendable, Hashable, CustomStringConvertible {
    package var group: String
    package var version: String

    package init(group: String, version: String) {
        self.group = group
        self.version = version
    }

    /// Reads an `apiVersion`.
    package init(_ apiVersion: String) {
        if let slash = apiVersion.firstIndex(of: "/") {
            group = String(apiVersion[..<slash])
            version = String(apiVersion[apiVersion.index(after: slash)...])
        } else {
            group = ""
            version = apiVersion
        }
    }

    /// The `apiVersion` of objects.
    package var description: String { group.isEmpty ? version : "\(group)/\(version)" }
}

package struct GroupVersionKind: Sendable, Hashable, CustomStringConvertible {
    package var group: String
    package var version: String
    package var kind: String

    package init(group: String, version: String, kind: String) {
        self.group = group
        self.version = version
        self.kind = kind
    }

    package var groupVersion: GroupVersion { GroupVersion(group: group, version: version) }
    package var description: String { "\(groupVersion), Kind=\(kind)" }
}

package struct GroupResource: Sendable, Hashable, CustomStringConvertible {
    package var group: String
    package var resource: String

    package init(group: String, resource: String) {
        self.group = group
        self.resource = resource
    }

    /// `deployments.apps`, or `pods`: as error messages name it.
    package var description: String { group.isEmpty ? resource : "\(resource).\(group)" }
}

package struct GroupVersionResource: Sendable, Hashable {
    package var group: String
    package var version: String
    package var resource: String

    package init(group: String, version: String, resource: String) {
        self.group = group
        self.version = version
        self.resource = resource
    }

    package var groupResource: GroupResource { GroupResource(group: group, resource: resource) }
    package var groupVersion: GroupVersion { GroupVersion(group: group, version: version) }
}

/// A served resource, as the API tables (or a CustomResourceDefinition) describe it.
package struct ResourceInfo: Sendable {
    package struct Subresource: Sendable {
        package var name: String
        package var verbs: [String]
        /// The kind that the subresource speaks, which may belong to another group.
        package var kind: GroupVersionKind

        package init(name: String, verbs: [String], kind: GroupVersionKind) {
            self.name = name
            self.verbs = verbs
            self.kind = kind
        }
    }

    package var group: String
    package var version: String
    package var kind: String
    package var listKind: String
    package var plural: String
    package var singular: String
    package var shortNames: [String]
    package var categories: [String]
    package var isNamespaced: Bool
    package var verbs: [String]
    package var subresources: [Subresource]
    /// The group and version written to the store; `nil` when the resource is not stored.
    package var storageVersion: GroupVersion?
    package var isServedByDefault: Bool
    /// The table's name of the type, `core/v1.Pod`.
    package var typeName: String

    package init(
        group: String, version: String, kind: String, listKind: String, plural: String, singular: String,
        shortNames: [String], categories: [String], isNamespaced: Bool, verbs: [String],
        subresources: [Subresource], storageVersion: GroupVersion?, isServedByDefault: Bool, typeName: String
    ) {
        self.group = group
        self.version = version
        self.kind = kind
        self.listKind = listKind
        self.plural = plural
        self.singular = singular
        self.shortNames = shortNames
        self.categories = categories
        self.isNamespaced = isNamespaced
        self.verbs = verbs
        self.subresources = subresources
        self.storageVersion = storageVersion
        self.isServedByDefault = isServedByDefault
        self.typeName = typeName
    }

    package var groupVersionResource: GroupVersionResource {
        GroupVersionResource(group: group, version: version, resource: plural)
    }
    package var groupResource: GroupResource { GroupResource(group: group, resource: plural) }
    package var groupVersionKind: GroupVersionKind { GroupVersionKind(group: group, version: version, kind: kind) }
    package var groupVersion: GroupVersion { GroupVersion(group: group, version: version) }
}
