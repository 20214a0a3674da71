internal import APIMachinery

/// How two values differ, for people: one line for every field that is not the same.
enum ValueDiff {
    /// A reader learns no more from further lines.
    private static let linesMax = 20

    static func text(_ old: Value, _ new: Value) -> String {
        var lines: [String] = []
        compare(old, new, .root, &lines)
        return lines.prefix(linesMax).joined(separator: "\n") + "\n"
    }

    private static func compare(_ old: Value?, _ new: Value?, _ path: FieldPath, _ lines: inout [String]) {
        guard old != new, lines.count < linesMax else { return }
        switch (old, new) {
        case (.object(let before)?, .object(let after)?):
            for name in Set(before.names + after.names).sorted() {
                compare(before[name], after[name], .child(path, name), &lines)
            }
        case (.array(let before)?, .array(let after)?) where before.count == after.count:
            for index in before.indices { compare(before[index], after[index], .index(path, index), &lines) }
        case _:
            if let old { lines.append("- \(path): \(old.shownInFieldError)") }
            if let new { lines.append("+ \(path): \(new.shownInFieldError)") }
        }
    }
}
