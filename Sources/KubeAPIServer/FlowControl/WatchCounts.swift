internal import Synchronization

/// How many watches there are of what: each write costs as many events (upstream's watch tracker).
final class WatchCounts: Sendable {
    private struct Key: Hashable {
        let group: String
        let resource: String
        var namespace = ""
        var name = ""
    }

    private let counts = Mutex<[Key: Int]>([:])

    /// - returns: what takes the watch out again; `nil` when it is not counted.
    func begin(_ info: RequestInfo, _ query: QueryParameters) -> (@Sendable () -> Void)? {
        // Each pod is of one node only; of the watches that select one, none is told of most pods.
        if info.group.isEmpty, info.resource == "pods", query["fieldSelector"]?.contains("spec.nodeName=") == true {
            return nil
        }
        let key = Key(group: info.group, resource: info.resource, namespace: info.namespace, name: info.name)
        counts.withLock { $0[key, default: 0] += 1 }
        return { [self] in
            counts.withLock { counts in
                let count = (counts[key] ?? 0) - 1
                counts[key] = count > 0 ? count : nil
            }
        }
    }

    /// Those that are told of a write.
    func interested(in info: RequestInfo) -> Int {
        var key = Key(group: info.group, resource: info.resource)
        return counts.withLock { counts in
            var count = counts[key] ?? 0
            if !info.namespace.isEmpty {
                key.namespace = info.namespace
                count += counts[key] ?? 0
            }
            if !info.name.isEmpty {
                key.name = info.name
                count += counts[key] ?? 0
            }
            return count
        }
    }
}
