internal import APIMachinery

/// Lays a partial object over a whole one: what the partial one says wins, nothing is removed.
enum ObjectMerge {
    static func merge(_ live: Value, _ applied: Value, _ shape: MergeShape) throws(PatchError) -> Value {
        try merged(live, applied, shape) ?? .emptyObject
    }

    /// `nil` when nothing is left to keep.
    private static func merged(
        _ live: Value?, _ applied: Value?, _ shape: MergeShape
    ) throws(PatchError) -> Value? {
        guard let applied else { return live }
        guard let live else { return applied }
        switch shape {
        case .leaf:
            return applied
        case .set, .keyed:
            return try lists(live, applied, shape)
        case .map, .structure, .deduced:
            return try objects(live, applied, shape)
        }
    }

    private static func objects(
        _ live: Value, _ applied: Value, _ shape: MergeShape
    ) throws(PatchError) -> Value? {
        if case .deduced = shape, applied.objectValue == nil, !applied.isNull { return applied }
        let old = live.objectValue?.elements ?? []
        let new = applied.objectValue?.elements ?? []
        if old.isEmpty, new.isEmpty { return applied }
        var result = Fields()
        var rest = old[...]
        for field in new {
            while let next = rest.first, next.name < field.name {
                result.append(next.name, next.value)
                rest.removeFirst()
            }
            var current: Value?
            if let next = rest.first, next.name == field.name {
                current = .some(next.value)
                rest.removeFirst()
            }
            let value = try merged(current, field.value, shape.member(field.name).shape)
            if let value { result.append(field.name, value) }
        }
        for next in rest { result.append(next.name, next.value) }
        return result.isEmpty ? nil : .object(result)
    }

    /// Items that both have are in the order of the applied list; those that only the live list has
    /// keep their place after the item that they follow.
    private static func lists(_ live: Value, _ applied: Value, _ shape: MergeShape) throws(PatchError) -> Value? {
        let old = live.arrayValue ?? []
        let new = applied.arrayValue ?? []
        if old.isEmpty, new.isEmpty { return applied }
        var weaving = ItemWeaving(
            old: try elements(old, shape), new: try elements(new, shape))
        let itemShape = shape.item
        var result: [Value] = []
        for step in weaving.steps() {
            switch step {
            case .keep(let index):
                result.append(old[index])
            case .take(let index, let counterpart):
                if let value = try merged(counterpart.map { old[$0] }, new[index], itemShape) { result.append(value) }
            }
        }
        return result.isEmpty ? nil : .array(result)
    }

    private static func elements(_ items: [Value], _ shape: MergeShape) throws(PatchError) -> [String] {
        var result: [String] = []
        for item in items { result.append(try shape.element(of: item)) }
        return result
    }
}

/// The order in which the items of two lists are put together.
private struct ItemWeaving {
    enum Step {
        /// An item that only the old list has.
        case keep(Int)
        /// An item of the new list, to be merged with its only counterpart in the old one.
        case take(Int, counterpart: Int?)
    }

    let old: [String]
    let new: [String]
    private var inOld: [String: [Int]] = [:]
    private let inNew: Set<String>
    /// The items of the new list that the old one has too, from which on they are to come.
    private var shared: ArraySlice<String>

    init(old: [String], new: [String]) {
        self.old = old
        self.new = new
        inNew = Set(new)
        for (index, element) in old.enumerated() { inOld[element, default: []].append(index) }
        let known = inOld
        shared = new.filter { known[$0] != nil }[...]
    }

    mutating func steps() -> [Step] {
        var result: [Step] = []
        var taken: Set<String> = []
        var (left, right) = (0, 0)
        while left < old.count || right < new.count {
            if left < old.count, right < new.count {
                if old[left] == new[right] {
                    result.append(take(right))
                    taken.insert(new[right])
                    shared = shared.dropFirst()
                    left += 1
                    right += 1
                    continue
                }
                if inNew.contains(old[left]), let next = shared.first, next != old[left] {
                    // Has its turn later.
                    left += 1
                    continue
                }
            }
            if left < old.count {
                if !inNew.contains(old[left]) {
                    result.append(.keep(left))
                    left += 1
                    continue
                }
                if taken.contains(old[left]) { left += 1 }
            }
            if right < new.count {
                result.append(take(right))
                taken.insert(new[right])
                if shared.first == new[right] { shared = shared.dropFirst() }
                right += 1
            }
        }
        return result
    }

    private func take(_ index: Int) -> Step {
        let counterparts = inOld[new[index]] ?? []
        return .take(index, counterpart: counterparts.count == 1 ? counterparts[0] : nil)
    }
}
