package import APIMachinery

/// The JSON paths of printer columns: `.spec.replicas`, `.status.conditions[?(@.type=="Ready")].status`.
package struct JSONPath: Sendable {
    private enum Step: Sendable {
        case field(String)
        case index(Int)
        case all
        /// Items whose value at a path compares so with a constant.
        case filter([String], Comparison, Value)
        /// The value and all that is in it.
        case descend
    }

    private enum Comparison: String {
        case equal = "=="
        case notEqual = "!="
        case lessOrEqual = "<="
        case greaterOrEqual = ">="
        case less = "<"
        case greater = ">"
    }

    private let steps: [Step]

    /// `nil` when the text is no path that is understood.
    package init?(_ text: String) {
        var rest = Substring(text)
        var steps: [Step] = []
        while let first = rest.first {
            if first == "[" {
                guard let step = Self.bracket(&rest) else { return nil }
                steps.append(step)
            } else {
                if first == "." { rest = rest.dropFirst() }
                if rest.first == "." {
                    rest = rest.dropFirst()
                    steps.append(.descend)
                }
                if rest.isEmpty || rest.first == "[" { continue }
                steps.append(Self.name(&rest))
            }
        }
        self.steps = steps
    }

    /// Everything at the path.
    package func values(in object: Value) -> [Value] {
        steps.reduce([object]) { values, step in values.flatMap { Self.follow(step, $0) } }
    }

    // MARK: Reading

    private static func name(_ rest: inout Substring) -> Step {
        var name = ""
        while let character = rest.first, character != ".", character != "[" {
            rest = rest.dropFirst()
            if character == "\\", let escaped = rest.first {
                name.append(escaped)
                rest = rest.dropFirst()
            } else {
                name.append(character)
            }
        }
        return name == "*" ? .all : .field(name)
    }

    private static func bracket(_ rest: inout Substring) -> Step? {
        var quote: Character?
        var depth = 0
        var inner = ""
        rest = rest.dropFirst()
        while let character = rest.first {
            rest = rest.dropFirst()
            if let open = quote {
                if character == open { quote = nil }
            } else if character == "'" || character == "\"" {
                quote = character
            } else if character == "[" {
                depth += 1
            } else if character == "]" {
                guard depth > 0 else { return step(inner) }
                depth -= 1
            }
            inner.append(character)
        }
        return nil
    }

    private static func step(_ inner: String) -> Step? {
        if inner == "*" { return .all }
        if let index = Int(inner) { return .index(index) }
        if let text = unquoted(inner) { return .field(text) }
        guard inner.hasPrefix("?("), inner.hasSuffix(")") else { return nil }
        let condition = String(inner.dropFirst(2).dropLast())
        for comparison in [Comparison.equal, .notEqual, .lessOrEqual, .greaterOrEqual, .less, .greater] {
            guard let range = condition.firstRange(of: comparison.rawValue) else { continue }
            let left = condition[..<range.lowerBound].trimmed
            let right = condition[range.upperBound...].trimmed
            guard left.hasPrefix("@"), let constant = constant(right) else { return nil }
            return .filter(left.dropFirst().split(separator: ".").map(String.init), comparison, constant)
        }
        return nil
    }

    private static func unquoted(_ text: String) -> String? {
        guard text.count >= 2, let quote = text.first, quote == "'" || quote == "\"", text.last == quote else { return nil }
        return String(text.dropFirst().dropLast())
    }

    private static func constant(_ text: String) -> Value? {
        if let text = unquoted(text) { return .string(text) }
        // Not JSON: no constant.
        return try? Value(json: text)
    }

    // MARK: Following

    private static func follow(_ step: Step, _ value: Value) -> [Value] {
        switch step {
        case .field(let name):
            return value[name].map { [$0] } ?? []
        case .index(let index):
            guard let list = value.arrayValue else { return [] }
            let place = index < 0 ? list.count + index : index
            return list.indices.contains(place) ? [list[place]] : []
        case .all:
            return value.arrayValue ?? (value.objectValue ?? Fields()).map(\.value)
        case .filter(let path, let comparison, let constant):
            return (value.arrayValue ?? []).filter { item in
                guard let found = ScalePaths.read(path, of: item) else { return false }
                return holds(found, comparison, constant)
            }
        case .descend:
            let inner = value.arrayValue ?? (value.objectValue ?? Fields()).map(\.value)
            return [value] + inner.flatMap { follow(.descend, $0) }
        }
    }

    private static func holds(_ left: Value, _ comparison: Comparison, _ right: Value) -> Bool {
        switch comparison {
        case .equal: return left == right
        case .notEqual: return left != right
        case .less, .lessOrEqual, .greater, .greaterOrEqual: break
        }
        let order: (isLess: Bool, isEqual: Bool)
        if let a = left.doubleValue, let b = right.doubleValue {
            order = (a < b, a == b)
        } else if let a = left.stringValue, let b = right.stringValue {
            order = (a < b, a == b)
        } else {
            return false
        }
        switch comparison {
        case .less: return order.isLess
        case .lessOrEqual: return order.isLess || order.isEqual
        case .greater: return !order.isLess && !order.isEqual
        case .greaterOrEqual: return !order.isLess
        case .equal, .notEqual: return false
        }
    }
}
