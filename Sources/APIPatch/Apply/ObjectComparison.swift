internal import APIMachinery

/// What differs between two versions of an object, as sets of paths. One pass over both; where they
/// are equal nothing is allocated.
struct ObjectComparison {
    /// What the new one has and the old one has not, or has differently.
    var touched: FieldSet
    /// What only the old one has.
    var removed: FieldSet

    var isEmpty: Bool { touched.isEmpty && removed.isEmpty }

    /// Throws `.failed` when list items cannot be told apart.
    init(_ old: Value, _ new: Value, _ shape: MergeShape) throws(PatchError) {
        let difference = try Difference.between(old, new, shape)
        touched = FieldSet(trie: difference.touched?.edges ?? Fields())
        removed = FieldSet(trie: difference.removed?.edges ?? Fields())
    }

    init(touched: FieldSet, removed: FieldSet) {
        self.touched = touched
        self.removed = removed
    }
}

/// The two tries below one path; `nil` where there is nothing.
private struct Difference {
    var touched: FieldSetNode?
    var removed: FieldSetNode?

    static let none = Difference()

    /// The path itself, as a whole.
    static func leaf(_ old: Value?, _ new: Value?) -> Difference {
        let node = FieldSetNode(isMember: true, edges: Fields())
        return new == nil ? Difference(removed: node) : Difference(touched: node)
    }

    mutating func add(_ child: Difference, under element: @autoclosure () -> String) {
        guard child.touched != nil || child.removed != nil else { return }
        let element = element()
        if let value = child.touched?.value { Difference.add(value, element, to: &touched) }
        if let value = child.removed?.value { Difference.add(value, element, to: &removed) }
    }

    private static func add(_ value: Value, _ element: String, to node: inout FieldSetNode?) {
        if node == nil { node = FieldSetNode(isMember: false, edges: Fields()) }
        node?.edges[element] = value
    }

    mutating func touch() {
        touched = FieldSetNode(isMember: true, edges: touched?.edges ?? Fields())
    }

    /// A value that is there on one side only counts itself, besides its parts.
    private mutating func addSelf(_ old: Value?, _ new: Value?) {
        if old == nil { touch() }
        if new == nil { removed = FieldSetNode(isMember: true, edges: removed?.edges ?? Fields()) }
    }

    static func between(_ old: Value?, _ new: Value?, _ shape: MergeShape) throws(PatchError) -> Difference {
        if let old, let new, old == new { return none }
        if old == nil, let new {
            return Difference(touched: FieldSetNode(isMember: true, edges: try edges(of: new, shape)))
        }
        switch shape {
        case .leaf:
            return leaf(old, new)
        case .set, .keyed:
            return try lists(old, new, shape)
        case .map, .structure:
            return try objects(old, new, shape)
        case .deduced:
            return try deduced(old, new)
        }
    }

    // MARK: What is new as a whole

    /// The trie of all that is in a value. Most of a create is this, so it is made in order, and once.
    private static func whole(_ new: Value, _ shape: MergeShape) throws(PatchError) -> Value {
        let edges = try edges(of: new, shape)
        guard !edges.isEmpty else { return FieldSetNode.leaf }
        var node: [Fields.Element] = []
        node.reserveCapacity(edges.count + 1)
        node.append(Fields.Element(name: ".", value: FieldSetNode.leaf))
        node.append(contentsOf: edges.elements)
        return .object(Fields(sorted: node))
    }

    private static func edges(of new: Value, _ shape: MergeShape) throws(PatchError) -> Fields {
        switch (shape, new) {
        case (.map, .object(let fields)), (.structure, .object(let fields)), (.deduced, .object(let fields)):
            var edges: [Fields.Element] = []
            edges.reserveCapacity(fields.count)
            for field in fields {
                let (inner, element) = shape.step(field.name)
                edges.append(Fields.Element(name: element, value: try whole(field.value, inner)))
            }
            return Fields(sorted: edges)
        case (.set, .array(let items)), (.keyed, .array(let items)):
            let itemShape = shape.item
            var edges: [Fields.Element] = []
            edges.reserveCapacity(items.count)
            for item in items {
                let element = try shape.element(of: item)
                edges.append(Fields.Element(name: element, value: try whole(item, itemShape)))
            }
            let result = Fields(unsorted: edges)
            return result.count == items.count ? result : owningTwinsAsAWhole(edges)
        case _:
            return Fields()
        }
    }

    /// Items that cannot be told apart are owned as a whole.
    private static func owningTwinsAsAWhole(_ edges: [Fields.Element]) -> Fields {
        let groups = Dictionary(grouping: edges, by: \.name)
        return Fields(
            unsorted: groups.map { name, twins in
                Fields.Element(name: name, value: twins.count == 1 ? twins[0].value : FieldSetNode.leaf)
            })
    }

    // MARK: What is on both sides, or went

    /// Without a schema the values say what they are; one that turns from a map into something else
    /// is changed itself, and its parts come or go.
    private static func deduced(_ old: Value?, _ new: Value?) throws(PatchError) -> Difference {
        let isMap = (old?.isMapOrNull ?? true, new?.isMapOrNull ?? true)
        if isMap.0, isMap.1 { return try objects(old, new, .deduced) }
        var result = leaf(old, new)
        if isMap.0, let old, new != nil { result.removed = try objects(old, nil, .deduced).removed?.withoutSelf }
        if isMap.1, let new, old != nil {
            result.touched?.edges = try objects(nil, new, .deduced).touched?.edges ?? Fields()
        }
        return result
    }

    private static func objects(_ old: Value?, _ new: Value?, _ shape: MergeShape) throws(PatchError) -> Difference {
        let before = old?.objectValue?.elements ?? []
        let after = new?.objectValue?.elements ?? []
        // Keeps apart what is empty, null and absent.
        if before.isEmpty, after.isEmpty { return leaf(old, new) }
        var result = Difference()
        var (left, right) = (0, 0)
        while left < before.count || right < after.count {
            let name: String
            var (a, b): (Value?, Value?) = (nil, nil)
            if right == after.count || (left < before.count && before[left].name < after[right].name) {
                name = before[left].name
                a = .some(before[left].value)
                left += 1
            } else if left == before.count || after[right].name < before[left].name {
                name = after[right].name
                b = .some(after[right].value)
                right += 1
            } else {
                if before[left].value == after[right].value {
                    left += 1
                    right += 1
                    continue
                }
                name = before[left].name
                a = .some(before[left].value)
                b = .some(after[right].value)
                left += 1
                right += 1
            }
            if a == nil, old != nil { a = shape.implied(name) }
            if b == nil, new != nil { b = shape.implied(name) }
            let (inner, element) = shape.step(name)
            result.add(try between(a, b, inner), under: element)
        }
        result.addSelf(old, new)
        return result
    }

    private static func lists(_ old: Value?, _ new: Value?, _ shape: MergeShape) throws(PatchError) -> Difference {
        let before = old?.arrayValue ?? []
        let after = new?.arrayValue ?? []
        if before.isEmpty, after.isEmpty { return leaf(old, new) }
        if before.isEmpty, let new {
            var result = Difference(touched: FieldSetNode(isMember: false, edges: try edges(of: new, shape)))
            result.addSelf(old, new)
            return result
        }
        let itemShape = shape.item
        let left = try index(before, shape)
        let right = try index(after, shape)
        var result = Difference()
        for (element, items) in left.merging(right, uniquingKeysWith: { old, _ in old }) {
            let a = left[element] == nil ? [] : items
            let b = right[element] ?? []
            result.add(try matched(a, b, itemShape), under: element)
        }
        result.addSelf(old, new)
        return result
    }

    private static func index(_ items: [Value], _ shape: MergeShape) throws(PatchError) -> [String: [Value]] {
        var result: [String: [Value]] = [:]
        for item in items { result[try shape.element(of: item), default: []].append(item) }
        return result
    }

    /// Items with the same keys. Duplicates, which only updates may make, are owned as a whole.
    private static func matched(_ old: [Value], _ new: [Value], _ shape: MergeShape) throws(PatchError) -> Difference {
        switch (old.count > 1, new.count > 1) {
        case (false, false):
            return try between(old.first, new.first, shape)
        case (true, true):
            return old == new ? none : leaf(old.first, new.first)
        case (true, false):
            var result = new.isEmpty ? none : try between(nil, new.first, shape)
            result.removed = FieldSetNode(isMember: true, edges: Fields())
            if !new.isEmpty { result.touched?.isMember = true }
            return result
        case (false, true):
            var result = old.isEmpty ? none : try between(old.first, nil, shape)
            result.touch()
            return result
        }
    }
}

extension FieldSetNode {
    fileprivate var withoutSelf: FieldSetNode { FieldSetNode(isMember: false, edges: edges) }
}

extension Value {
    fileprivate var isMapOrNull: Bool {
        switch self {
        case .object, .null: true
        case .array, .bool, .integer, .double, .string: false
        }
    }
}
