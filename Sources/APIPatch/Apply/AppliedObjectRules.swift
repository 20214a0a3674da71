internal import APIMachinery

/// What an applied object must be like: of its type, without unknown fields, and without
/// duplicates in lists whose items are told apart.
enum AppliedObjectRules {
    /// The first violations, worded as upstream does; empty when there are none.
    static func violations(_ object: Value, _ shape: MergeShape) -> [String] {
        var found: [String] = []
        check(object, shape, "", &found)
        return found
    }

    /// The message for all of them.
    static func message(_ violations: [String]) -> String {
        violations.count == 1 ? violations[0] : "errors:\n" + violations.map { "  " + $0 }.joined(separator: "\n")
    }

    private static func check(_ value: Value, _ shape: MergeShape, _ path: String, _ found: inout [String]) {
        switch shape {
        case .leaf, .deduced:
            return
        case .set, .keyed:
            guard case .array(let items) = value else {
                if !value.isNull { found.append(prefixed(path, "expected list, got \(printed(value))")) }
                return
            }
            checkItems(items, shape, path, &found)
        case .map, .structure:
            guard case .object(let fields) = value else {
                if !value.isNull { found.append(prefixed(path, "expected map, got \(printed(value))")) }
                return
            }
            for field in fields {
                let path = path + PathElement.readable(PathElement.field(field.name))
                if case .structure(let type) = shape, !type.preservesUnknownFields, type.field(field.name) == nil {
                    found.append(prefixed(path, "field not declared in schema"))
                    continue
                }
                check(field.value, shape.member(field.name).shape, path, &found)
            }
        }
    }

    private static func checkItems(
        _ items: [Value], _ shape: MergeShape, _ path: String, _ found: inout [String]
    ) {
        var seen: Set<String> = []
        for (index, item) in items.enumerated() {
            let element: String
            do throws(PatchError) {
                element = try shape.element(of: item)
            } catch {
                found.append(prefixed(path, "element \(index): \(error.message)"))
                return
            }
            let readable = PathElement.readable(element)
            if !seen.insert(element).inserted {
                found.append(prefixed(path, "duplicate entries for key \(readable)"))
            }
            check(item, shape.item, path + readable, &found)
        }
    }

    private static func prefixed(_ path: String, _ message: String) -> String {
        path.isEmpty ? message : "\(path): \(message)"
    }

    private static func printed(_ value: Value) -> String { "&{\(GoFormat.plain(value))}" }
}
