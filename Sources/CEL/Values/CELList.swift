package import APIMachinery

/// A list: of values, or of JSON that is read when asked for.
package enum CELList: Sendable {
    case values([CELValue])
    case json([Value], CELSchema?)

    /// `schema` is that of the list itself.
    package init(_ values: [Value], schema: CELSchema?) { self = .json(values, schema) }

    package init(_ values: [CELValue]) { self = .values(values) }

    package var count: Int {
        switch self {
        case .values(let values): values.count
        case .json(let values, _): values.count
        }
    }

    /// Traps outside of the list.
    package subscript(_ index: Int) -> CELValue {
        switch self {
        case .values(let values): values[index]
        case .json(let values, let schema): CELValue(values[index], schema: schema?.items)
        }
    }

    package var values: [CELValue] {
        switch self {
        case .values(let values): values
        case .json(let values, let schema): values.map { CELValue($0, schema: schema?.items) }
        }
    }

    /// The schema's word on when lists are equal and how they are joined.
    var merging: CELSchema.ListMerging {
        if case .json(_, let schema?) = self { schema.listMerging } else { .atomic }
    }

    func contains(_ value: CELValue) -> Bool {
        for index in 0..<count where self[index].isEqual(to: value) { return true }
        return false
    }

    func isEqual(to other: CELList) -> Bool {
        guard count == other.count else { return false }
        switch merging {
        case .atomic:
            for index in 0..<count where !self[index].isEqual(to: other[index]) { return false }
            return true
        case .set:
            return values.allSatisfy { other.contains($0) } && other.values.allSatisfy { contains($0) }
        case .map(let keys):
            return values.allSatisfy { item in
                guard let match = other.item(like: item, keys) else { return false }
                return item.isEqual(to: match)
            }
        }
    }

    /// The item with the same keys.
    func item(like item: CELValue, _ keys: [String]) -> CELValue? {
        values.first { CELList.haveSameKeys($0, item, keys) }
    }

    private static func haveSameKeys(_ one: CELValue, _ other: CELValue, _ keys: [String]) -> Bool {
        guard case .map(let left) = one, case .map(let right) = other else { return false }
        return keys.allSatisfy { key in
            switch (left.field(key), right.field(key)) {
            case (let a?, let b?): a.isEqual(to: b)
            case (nil, nil): true
            default: false
            }
        }
    }

    /// Joins two lists; those of a set or map keep their kind: what the right one has replaces or is added.
    func adding(_ other: CELList) -> CELList {
        switch merging {
        case .atomic: return .values(values + other.values)
        case .set:
            var joined = values
            for item in other.values where !joined.contains(where: { $0.isEqual(to: item) }) { joined.append(item) }
            return .values(joined)
        case .map(let keys):
            var joined = values
            for item in other.values {
                if let index = joined.firstIndex(where: { CELList.haveSameKeys($0, item, keys) }) {
                    joined[index] = item
                } else {
                    joined.append(item)
                }
            }
            return .values(joined)
        }
    }
}
