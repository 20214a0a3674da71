internal import APIMachinery

/// The order of merged lists: first what `$setElementOrder` says, then the patch, then the live list.
extension StrategicMergePatch {
    /// Merges every list that has a `$setElementOrder` directive, and takes both out of the patch.
    static func mergeOrderedLists(
        in original: inout Fields, _ patch: inout Fields, _ scope: PatchScope
    ) throws(PatchError) {
        for name in patch.names where name.hasPrefix(orderPrefix) {
            guard let directive = patch.remove(name) else { continue }
            guard case .array(let wanted) = directive else { throw unexpected(directive) }
            let field = try target(of: name, orderPrefix)
            let old = try list(original[field])
            let new = try list(patch[field])
            guard old != nil || new != nil else { continue }
            let member = scope.member(field)
            let key = member.strategy.mergeKey
            try check(new ?? [], agreesWith: wanted, key)
            let merged: [Value] =
                switch (old, new) {
                case (let old?, nil): old
                case (let old?, let new?):
                    member.strategy.merge ? try mergeList(old, new, member) : new
                case (nil, let new): (new ?? []).compactMap(addition)
                }
            original[field] = .array(try order(merged, by: wanted, then: old ?? [], key: key))
            patch[field] = nil
        }
    }

    private static func list(_ value: Value?) throws(PatchError) -> [Value]? {
        guard let value else { return nil }
        guard case .array(let items) = value else { throw unexpected(value) }
        return items
    }

    private static func unexpected(_ value: Value) -> PatchError {
        PatchError(.failed, "expected a []interface {}, but received a \(GoFormat.typeName(value))")
    }

    /// The items of the patch must be among the ordered ones, in the same order.
    private static func check(
        _ patch: [Value], agreesWith wanted: [Value], _ key: String?
    ) throws(PatchError) {
        guard !patch.isEmpty, !wanted.isEmpty else { return }
        var rest = patch.filter { $0[directive] == nil }[...]
        for item in wanted {
            guard let next = rest.first else { return }
            let isSame: Bool
            if let key { isSame = try keyValue(next, key) == keyValue(item, key) } else { isSame = next == item }
            if isSame { rest.removeFirst() }
        }
        guard rest.isEmpty else {
            throw PatchError(
                .failed,
                "The order in patch list:\n\(GoFormat.plain(.array(patch)))\n doesn't match \(orderPrefix) list:\n"
                    + "\(GoFormat.plain(.array(wanted)))\n")
        }
    }

    /// Puts the items named by `wanted` into its order, and weaves the others in where they stood
    /// in `live`, as far as that can be told.
    static func order(
        _ items: [Value], by wanted: [Value], then live: [Value], key: String?
    ) throws(PatchError) -> [Value] {
        func identity(_ item: Value) throws(PatchError) -> Value {
            if let key { try keyValue(item, key) } else { item }
        }
        var wantedRank: [Value: Int] = [:]
        for (rank, item) in wanted.enumerated() where wantedRank[try identity(item)] == nil {
            wantedRank[try identity(item)] = rank
        }
        var liveRank: [Value: Int] = [:]
        for (rank, item) in live.enumerated() where liveRank[try identity(item)] == nil {
            liveRank[try identity(item)] = rank
        }
        var ours: [(rank: Int, live: Int?, item: Value)] = []
        var others: [(rank: Int, live: Int?, item: Value)] = []
        for item in items {
            let name = try identity(item)
            if let rank = wantedRank[name] {
                ours.append((rank, liveRank[name], item))
            } else {
                others.append((liveRank[name] ?? live.count, liveRank[name], item))
            }
        }
        ours.sort { $0.rank < $1.rank }
        others.sort { $0.rank < $1.rank }
        return weave(others, ours)
    }

    private static func weave(
        _ left: [(rank: Int, live: Int?, item: Value)], _ right: [(rank: Int, live: Int?, item: Value)]
    ) -> [Value] {
        var result: [Value] = []
        result.reserveCapacity(left.count + right.count)
        var rest = left[...]
        for next in right {
            while let other = rest.first, let a = other.live, let b = next.live, a < b {
                result.append(other.item)
                rest.removeFirst()
            }
            result.append(next.item)
        }
        return result + rest.map(\.item)
    }
}
