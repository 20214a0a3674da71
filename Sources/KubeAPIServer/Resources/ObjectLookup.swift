package import APIMachinery
package import APIRegistry

/// Reads objects of other kinds from the caches: what admission and subresources need to know.
package struct ObjectLookup: Sendable {
    private let catalog: ResourceCatalog

    package init(catalog: ResourceCatalog) { self.catalog = catalog }

    /// The namespace, account or class that many writes ask for; throws 404.
    package func policy(
        _ resource: String, group: String = "", _ name: String, namespace: String = ""
    ) throws(StatusError) -> Value {
        try store(resource, group: group).get(name, namespace: namespace).keptValue()
    }

    /// All classes of a resource that many writes ask for.
    package func policies(_ resource: String, group: String) throws(StatusError) -> [Value] {
        var values: [Value] = []
        for object in try store(resource, group: group).cache.list(ObjectFilter()).objects {
            values.append(try object.keptValue())
        }
        return values
    }

    /// An object of the core group, or of another; throws 404.
    package func get(
        _ resource: String, group: String = "", version: String = "v1", _ name: String, namespace: String = ""
    ) throws(StatusError) -> Value {
        try store(resource, group: group, version: version).get(name, namespace: namespace).value()
    }

    /// Every object of a resource, or of one namespace.
    package func list(
        _ resource: String, group: String = "", version: String = "v1", namespace: String = ""
    ) throws(StatusError) -> [Value] {
        let listing = try store(resource, group: group, version: version).cache.list(ObjectFilter(namespace: namespace))
        var values: [Value] = []
        for object in listing.objects { values.append(try object.value()) }
        return values
    }

    package func store(_ resource: String, group: String = "", version: String = "v1") throws(StatusError) -> ResourceStore {
        let key = GroupVersionResource(group: group, version: version, resource: resource)
        guard let served = catalog.kept(key) else {
            throw .internalError("\(resource) are not served")
        }
        return served.store
    }
}
