internal import APIMachinery
internal import APIRegistry
internal import Metrics
internal import Synchronization

/// Says how many seats a request needs, of what the caches and watches look like now.
final class WorkEstimator: Sendable {
    /// Lists of so few objects need no look: whatever their size, they are small enough.
    static let fewObjects = 16

    let watches = WatchCounts()
    /// How many objects there were when their mean size was looked at, and that size.
    private let sizes = Mutex<[GroupResource: (count: Int, size: Int)]>([:])

    func estimate(_ call: ResourceCall, _ flow: FlowControl.Class) -> WorkEstimate {
        guard call.resource.info.storageVersion != nil else { return WorkEstimate() }
        switch call.info.verb {
        case "list": return list(call, flow)
        case "watch": return beginsWithList(call.request.query) ? list(call, flow) : WorkEstimate()
        case "create", "update", "patch", "delete":
            if call.info.resource == "serviceaccounts", call.info.subresource == "token" { return WorkEstimate() }
            let count = watches.interested(in: call.info)
            flow.meter.watches.observe(count)
            return .write(watches: count, levelMax: flow.seatsMax)
        case _: return WorkEstimate()
        }
    }

    private func beginsWithList(_ query: QueryParameters) -> Bool {
        let version = query["resourceVersion"] ?? ""
        return query.flag("sendInitialEvents") || version.isEmpty || version == "0"
    }

    private func list(_ call: ResourceCall, _ flow: FlowControl.Class) -> WorkEstimate {
        let cache = call.resource.store.cache
        let count = cache.count
        guard count > Self.fewObjects else { return WorkEstimate() }
        let limit = call.request.query["limit"].flatMap { Int($0) } ?? 0
        return .list(
            objects: count, averageSize: size(cache, count), limit: limit,
            selectsOne: !call.info.name.isEmpty, levelMax: flow.seatsMax)
    }

    /// Looked at again when there are twice or half as many.
    private func size(_ cache: ResourceCache, _ count: Int) -> Int {
        if let known = sizes.withLock({ $0[cache.resource] }), count < 2 * known.count, 2 * count > known.count {
            return known.size
        }
        let objects = cache.list(ObjectFilter()).objects
        let size = objects.reduce(0) { $0 + $1.json.count } / max(1, objects.count)
        sizes.withLock { $0[cache.resource] = (count, size) }
        return size
    }
}
