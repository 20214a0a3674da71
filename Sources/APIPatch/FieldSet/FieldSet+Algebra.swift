internal import APIMachinery

/// Set algebra. Every operation walks the smaller or the second set only, and shares what stays.
extension FieldSet {
    package func union(_ other: FieldSet) -> FieldSet {
        if isEmpty { return other }
        if other.isEmpty { return self }
        return FieldSet(trie: FieldSet.union(trie, other.trie))
    }

    private static func union(_ left: Fields, _ right: Fields) -> Fields {
        var result = left
        for edge in right {
            guard let old = left[edge.name] else {
                result[edge.name] = edge.value
                continue
            }
            if old == edge.value { continue }
            let (a, b) = (FieldSetNode(old), FieldSetNode(edge.value))
            result[edge.name] =
                FieldSetNode(isMember: a.isMember || b.isMember, edges: union(a.edges, b.edges)).value
        }
        return result
    }

    package func intersection(_ other: FieldSet) -> FieldSet {
        FieldSet(trie: FieldSet.intersection(trie, other.trie))
    }

    private static func intersection(_ left: Fields, _ right: Fields) -> Fields {
        let (few, many) = left.count < right.count ? (left, right) : (right, left)
        var result = Fields()
        for edge in few {
            guard let match = many[edge.name] else { continue }
            let (a, b) = (FieldSetNode(edge.value), FieldSetNode(match))
            let node = FieldSetNode(isMember: a.isMember && b.isMember, edges: intersection(a.edges, b.edges))
            if let value = node.value { result.append(edge.name, value) }
        }
        return result
    }

    /// Without the members of `other`; their children stay.
    package func subtracting(_ other: FieldSet) -> FieldSet {
        FieldSet(trie: FieldSet.subtracting(trie, other.trie, recursively: false))
    }

    /// Without the members of `other` and everything below them.
    package func subtractingRecursively(_ other: FieldSet) -> FieldSet {
        FieldSet(trie: FieldSet.subtracting(trie, other.trie, recursively: true))
    }

    private static func subtracting(_ left: Fields, _ right: Fields, recursively: Bool) -> Fields {
        var result = left
        for edge in right {
            guard let old = left[edge.name] else { continue }
            let (a, b) = (FieldSetNode(old), FieldSetNode(edge.value))
            if recursively, b.isMember {
                result[edge.name] = nil
                continue
            }
            let node = FieldSetNode(
                isMember: a.isMember && !b.isMember,
                edges: b.edges.isEmpty ? a.edges : subtracting(a.edges, b.edges, recursively: recursively))
            result[edge.name] = node.value
        }
        return result
    }

    /// Only what lies at or below one of the patterns, whose `nil` stands for any path element.
    package func filtered(by patterns: [[String?]]) -> FieldSet {
        FieldSet(trie: FieldSet.filter(trie, patterns.map { $0[...] }))
    }

    private static func filter(_ edges: Fields, _ patterns: [ArraySlice<String?>]) -> Fields {
        var result = Fields()
        for edge in edges {
            let rest = patterns.filter { $0.first == .some(edge.name) || $0.first == .some(nil) }
                .map { $0.dropFirst() }
            guard !rest.isEmpty else { continue }
            if rest.contains(where: \.isEmpty) {
                result.append(edge.name, edge.value)
                continue
            }
            let node = FieldSetNode(edge.value)
            if let value = FieldSetNode(isMember: false, edges: filter(node.edges, rest)).value {
                result.append(edge.name, value)
            }
        }
        return result
    }
}
