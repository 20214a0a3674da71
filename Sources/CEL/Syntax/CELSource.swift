/// The text of an expression, by code points.
struct CELSource: Sendable {
    let scalars: [Unicode.Scalar]
    /// What error messages call it.
    static let name = "<input>"

    init(_ text: String) { scalars = Array(text.unicodeScalars) }

    func text(_ range: Range<Int>) -> String {
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars[range])
        return String(text)
    }

    /// Line from 1, column from 0.
    func position(of offset: Int) -> (line: Int, column: Int) {
        var line = 1
        var start = 0
        for index in 0..<min(offset, scalars.count) where scalars[index] == "\n" {
            line += 1
            start = index + 1
        }
        return (line, offset - start)
    }

    func line(_ number: Int) -> String? {
        guard number > 0 else { return nil }
        let lines = scalars.split(separator: "\n", omittingEmptySubsequences: false)
        guard number <= lines.count else { return nil }
        var text = String.UnicodeScalarView()
        text.append(contentsOf: lines[number - 1])
        return String(text)
    }
}
