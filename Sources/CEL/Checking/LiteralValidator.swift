internal import RE2

/// Looks at constants that must be of a form (durations, timestamps, patterns), and at lists and maps of mixed types.
enum LiteralValidator {
    static func validate(_ expression: Expression, in source: CELSource) throws(CELCompileErrors) {
        var errors: [(offset: Int?, message: String)] = []
        visit(expression, &errors)
        visitAggregates(expression, &errors)
        guard errors.isEmpty else { throw CELCompileErrors(errors, in: source) }
    }

    private static func visit(_ node: Expression, _ errors: inout [(offset: Int?, message: String)]) {
        if case .call(let target, let function, let arguments) = node.kind {
            let literal: Expression? =
                switch function {
                case "duration", "timestamp": arguments.count == 1 ? arguments[0] : nil
                case "matches": target == nil ? (arguments.count == 2 ? arguments[1] : nil) : arguments.first
                default: nil
                }
            if let literal, case .string(let text)? = literal.literalValue, !isValid(text, for: function) {
                errors.append((literal.offset, "invalid \(function) argument"))
            }
        }
        for child in node.children { visit(child, &errors) }
    }

    private static func isValid(_ text: String, for function: String) -> Bool {
        switch function {
        case "duration": GoDuration.parse(text) != nil
        // Any failure to read it means that it is not valid.
        case "timestamp": (try? CELTimestamp(parsing: text)) != nil
        default: (try? RE2Pattern(text)) != nil
        }
    }

    // MARK: Mixed types

    /// Anything may be formatted together.
    private static let exemptFunction = "format"

    private static func visitAggregates(_ node: Expression, _ errors: inout [(offset: Int?, message: String)]) {
        switch node.kind {
        case .call(_, exemptFunction, _): return
        case .list(let items, let optionals):
            var first: CELType?
            for (index, item) in items.enumerated() {
                guard !isSame(item, isOptional: optionals.contains(index), &first, &errors) else { continue }
                break
            }
        case .map(let entries):
            var key: CELType?
            var value: CELType?
            for entry in entries {
                _ = isSame(entry.key, isOptional: false, &key, &errors)
                _ = isSame(entry.value, isOptional: entry.isOptional, &value, &errors)
            }
        default: break
        }
        for child in node.children { visitAggregates(child, &errors) }
    }

    private static func isSame(
        _ item: Expression, isOptional: Bool, _ first: inout CELType?, _ errors: inout [(offset: Int?, message: String)]
    ) -> Bool {
        let own = item.type ?? .dyn
        let type = isOptional ? own.optionalElement ?? own : own
        guard let wanted = first else {
            first = type
            return true
        }
        if wanted == type { return true }
        errors.append((item.offset, "expected type '\(wanted)' but found '\(type)'"))
        return false
    }
}
