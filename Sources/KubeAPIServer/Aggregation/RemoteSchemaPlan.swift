package import APIMachinery

/// What of an extension server's OpenAPI (version 2) goes into ours: the paths of its group version and the definitions
/// that these speak of. Where both have a definition of the same name, that of a library stays ours, and another gets a
/// number.
package enum RemoteSchemaPlan {
    package struct Contribution: Sendable, Equatable {
        package var paths: [(path: String, item: Value)] = []
        package var definitions: [(name: String, schema: Value)] = []

        package static func == (left: Contribution, right: Contribution) -> Bool {
            left.paths.elementsEqual(right.paths) { $0 == $1 }
                && left.definitions.elementsEqual(right.definitions) { $0 == $1 }
        }
    }

    private static let library = "io.k8s."
    private static let prefix = "#/definitions/"

    /// - taken: the names of definitions that are there already.
    package static func decide(
        _ document: Value, _ groupVersion: GroupVersion, taken: Set<String>
    ) -> Contribution {
        let place = "/" + groupVersion.path
        let paths = (document["paths"]?.objectValue ?? Fields()).filter {
            $0.name == place || $0.name.hasPrefix(place + "/")
        }
        let definitions = document["definitions"]?.objectValue ?? Fields()
        let byName = Dictionary(definitions.map { ($0.name, $0.value) }) { first, _ in first }
        var reached: Set<String> = []
        var open = paths.flatMap { references($0.value) }
        while let name = open.popLast() {
            guard reached.insert(name).inserted, let schema = byName[name] else { continue }
            open += references(schema)
        }
        var names: [String: String] = [:]
        for name in reached where taken.contains(name) && !name.hasPrefix(library) {
            names[name] = (2...).lazy.map { "\(name)_v\($0)" }.first { !taken.contains($0) && byName[$0] == nil }
        }
        let added = reached.filter { byName[$0] != nil && (names[$0] != nil || !taken.contains($0)) }.sorted()
        return Contribution(
            paths: paths.map { (path: $0.name, item: renamed($0.value, names)) }.sorted { $0.path < $1.path },
            definitions: added.map { (name: names[$0] ?? $0, schema: renamed(byName[$0] ?? [:], names)) })
    }

    private static func references(_ value: Value) -> [String] {
        switch value {
        case .object(let fields):
            fields.flatMap { field -> [String] in
                guard field.name == "$ref", let text = field.value.stringValue else { return references(field.value) }
                return text.hasPrefix(prefix) ? [String(text.dropFirst(prefix.count))] : []
            }
        case .array(let items): items.flatMap(references)
        case .null, .bool, .integer, .double, .string: []
        }
    }

    private static func renamed(_ value: Value, _ names: [String: String]) -> Value {
        guard !names.isEmpty else { return value }
        switch value {
        case .object(let fields):
            var result = value
            for field in fields {
                if field.name == "$ref", let text = field.value.stringValue, text.hasPrefix(prefix),
                    let name = names[String(text.dropFirst(prefix.count))]
                {
                    result[field.name] = .string(prefix + name)
                } else {
                    result[field.name] = renamed(field.value, names)
                }
            }
            return result
        case .array(let items): return .array(items.map { renamed($0, names) })
        case .null, .bool, .integer, .double, .string: return value
        }
    }
}
