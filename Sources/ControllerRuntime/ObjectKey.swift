package import APITypes

/// Which object: all that a reconcile is told, because everything else it reads afresh.
package struct ObjectKey: Sendable, Hashable, Comparable, CustomStringConvertible, ExpressibleByStringLiteral {
    /// Empty for objects of the whole cluster.
    package var namespace: String
    package var name: String

    package init(namespace: String = "", name: String) {
        self.namespace = namespace
        self.name = name
    }

    package init(_ object: some APIObject) {
        self.init(namespace: object.metadata.namespace, name: object.metadata.name)
    }

    /// `namespace/name`, or `name`.
    package init(stringLiteral text: String) {
        if let slash = text.firstIndex(of: "/") {
            self.init(namespace: String(text[..<slash]), name: String(text[text.index(after: slash)...]))
        } else {
            self.init(name: text)
        }
    }

    package var description: String { namespace.isEmpty ? name : "\(namespace)/\(name)" }

    package static func < (left: Self, right: Self) -> Bool {
        (left.namespace, left.name) < (right.namespace, right.name)
    }
}
