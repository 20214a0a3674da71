package import APIMachinery

/// A set of field paths: who owns what.
///
/// It is kept in the very form that `metadata.managedFields[].fieldsV1` has, a trie whose edges are
/// ``PathElement`` texts, so that reading and writing cost nothing and parts that do not change are
/// shared. A node is a member of the set if it is empty or has the edge `.`:
///
///     {"f:spec": {"f:replicas": {}, "f:containers": {"k:{\"name\":\"a\"}": {".": {}, "f:image": {}}}}}
///
/// holds `.spec.replicas`, `.spec.containers[name="a"]` and `.spec.containers[name="a"].image`.
package struct FieldSet: Sendable, Equatable {
    /// The root's edges. The root itself is never a member.
    package private(set) var trie: Fields

    package init() { trie = Fields() }

    init(trie: Fields) { self.trie = trie }

    /// The set of some paths of field names, `["spec", "replicas"]`.
    package init(names paths: [[String]]) {
        self.init()
        for path in paths { insert(path.map(PathElement.field)) }
    }

    /// Reads `fieldsV1`; throws `.failed` for what is no path element.
    package init(fieldsV1: Value) throws(PatchError) {
        switch fieldsV1 {
        case .null: self.init()
        case .object(let fields):
            try FieldSet.check(fields)
            self.init(trie: fields)
        default: throw PatchError(.failed, "error decoding set: expected an object, got \(fieldsV1.kindName)")
        }
    }

    private static func check(_ node: Fields) throws(PatchError) {
        for edge in node where edge.name != "." {
            guard PathElement.isWellFormed(edge.name), case .object(let child) = edge.value else {
                throw PatchError(.failed, "error decoding set: parsing key as path element: \(edge.name)")
            }
            try check(child)
        }
    }

    package var fieldsV1: Value { .object(trie) }

    package var isEmpty: Bool { trie.isEmpty }

    /// Adds a path of ``PathElement`` texts; its parents are not added.
    package mutating func insert(_ path: [String]) {
        trie = FieldSet.inserting(path[...], into: trie)
    }

    private static func inserting(_ path: ArraySlice<String>, into edges: Fields) -> Fields {
        guard let first = path.first else { return edges }
        var edges = edges
        let old = edges[first].map(FieldSetNode.init)
        let rest = path.dropFirst()
        let isMember = rest.isEmpty || old?.isMember == true
        let children = inserting(rest, into: old?.edges ?? Fields())
        edges[first] = FieldSetNode(isMember: isMember, edges: children).value
        return edges
    }

    package func contains(_ path: [String]) -> Bool {
        var edges = trie
        for (index, element) in path.enumerated() {
            guard let node = edges[element].map(FieldSetNode.init) else { return false }
            if index == path.count - 1 { return node.isMember }
            edges = node.edges
        }
        return false
    }

    /// All members as readable paths, `.spec.containers[name="a"].image`: at each level first its
    /// members, then what lies below.
    package var paths: [String] {
        var result: [String] = []
        FieldSet.collect(trie, "", &result)
        return result
    }

    private static func collect(_ edges: Fields, _ prefix: String, _ result: inout [String]) {
        let nodes = edges.map { (prefix + PathElement.readable($0.name), FieldSetNode($0.value)) }
        for (path, node) in nodes where node.isMember { result.append(path) }
        for (path, node) in nodes { collect(node.edges, path, &result) }
    }
}

/// A node of the trie taken apart.
struct FieldSetNode {
    var isMember: Bool
    var edges: Fields

    static let leaf = Value.emptyObject

    init(isMember: Bool, edges: Fields) {
        self.isMember = isMember
        self.edges = edges
    }

    init(_ value: Value) {
        guard case .object(let fields) = value, let first = fields.elements.first else {
            self.init(isMember: true, edges: Fields())
            return
        }
        guard first.name == "." else {
            self.init(isMember: false, edges: fields)
            return
        }
        var edges = fields
        edges["."] = nil
        self.init(isMember: true, edges: edges)
    }

    /// `nil` when nothing is left of the node.
    var value: Value? {
        switch (isMember, edges.isEmpty) {
        case (true, true): return FieldSetNode.leaf
        case (false, true): return nil
        case (false, false): return .object(edges)
        case (true, false):
            var fields = edges
            fields["."] = FieldSetNode.leaf
            return .object(fields)
        }
    }
}
