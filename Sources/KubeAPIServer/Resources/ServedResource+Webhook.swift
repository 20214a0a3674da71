internal import APIMachinery
internal import APIRegistry

/// Reads and writes of resources about which a webhook may have to be asked.
extension ServedResource {
    /// Objects as they lie in the store, for an encoder, who cannot wait for a webhook.
    func converted(_ objects: [CachedObject]) async throws(StatusError) -> ConvertedObjects {
        guard let webhook else { return ConvertedObjects() }
        return try await webhook.converted(objects.filter { !shows($0) })
    }

    /// What of a selection can be judged before objects are converted.
    func filterBefore(_ filter: ObjectFilter) -> ObjectFilter { webhook == nil ? filter : filter.scope }

    /// Whether an object that has passed `filterBefore` is selected in this version.
    func selects(
        _ object: CachedObject, _ filter: ObjectFilter, _ converted: ConvertedObjects
    ) throws(StatusError) -> Bool {
        guard webhook != nil, !filter.isScopeOnly else { return true }
        if shows(object) { return filter.includes(object) }
        return filter.selects(try converted.value(of: object), fields: store.cache.fields)
    }

    func selected(
        _ objects: [CachedObject], _ filter: ObjectFilter, _ converted: ConvertedObjects
    ) throws(StatusError) -> [CachedObject] {
        guard webhook != nil, !filter.isScopeOnly else { return objects }
        var selected: [CachedObject] = []
        for object in objects where try selects(object, filter, converted) { selected.append(object) }
        return selected
    }

    /// An object as it lies in the store, as this version shows it.
    func served(_ object: CachedObject) async throws(StatusError) -> Value {
        guard let webhook else { return try served(try object.value()) }
        return try await webhook.read(object)
    }

    /// An object that is being written, through whatever version, as this version shows it.
    func seen(_ object: Value) async throws(StatusError) -> Value {
        guard let webhook else { return try served(object) }
        return try await webhook.read(object)
    }
}
