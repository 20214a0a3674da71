/// What is wrong with an expression's text or types, everything at once.
package struct CELCompileErrors: Error, Sendable, CustomStringConvertible {
    package struct Issue: Sendable, Equatable {
        package let message: String
        /// Line from 1 and column from 0; -1 and -1 for what concerns the whole.
        package let line: Int
        package let column: Int
    }

    /// In the order of the text.
    package let issues: [Issue]
    /// As upstream shows them: each with its line of the source and a mark below.
    package let description: String

    /// How many issues are shown.
    static let issueMax = 100

    init(_ found: [(offset: Int?, message: String)], in source: CELSource) {
        // The rest is only counted: to find a place takes as long as the text.
        let shown = found.prefix(CELCompileErrors.issueMax).map { offset, message in
            let place = offset.map(source.position) ?? (line: -1, column: -1)
            return Issue(message: message, line: place.line, column: place.column)
        }
        let kept = shown.enumerated().sorted {
            ($0.element.line, $0.element.column, $0.offset) < ($1.element.line, $1.element.column, $1.offset)
        }
        issues = kept.map(\.element)
        var lines = issues.map { CELCompileErrors.text(of: $0, in: source) }
        if found.count > CELCompileErrors.issueMax {
            lines.append("\(found.count - CELCompileErrors.issueMax) more errors were truncated")
        }
        description = lines.joined(separator: "\n")
    }

    private static let snippetMax = 16384

    private static func text(of issue: Issue, in source: CELSource) -> String {
        var text = "ERROR: \(CELSource.name):\(issue.line):\(issue.column + 1): \(issue.message)"
        guard let line = source.line(issue.line), line.utf8.count <= snippetMax else { return text }
        let snippet = String(String.UnicodeScalarView(line.unicodeScalars.map { $0 == "\t" ? " " : $0 }))
        text += "\n | \(snippet)\n | "
        // Wide dots under wide characters, so that the mark stands below its place.
        let scalars = Array(snippet.unicodeScalars)
        for scalar in scalars.prefix(issue.column) { text += scalar.isASCII ? "." : "\u{FF0E}" }
        let isWide = issue.column < scalars.count && !scalars[issue.column].isASCII
        return text + (isWide ? "\u{FF3E}" : "^")
    }
}
