internal import Synchronization

/// A compiled regular expression, shared freely between threads.
///
/// Matching takes time proportional to the text's length times the program's size, whatever the pattern.
package final class RE2Pattern: Sendable {
    /// The pattern as it was written.
    package let text: String
    private let program: RegexProgram
    /// `nil` when the pattern asks about neighbours of a position (`\b`, `(?m)^`), which the automaton's states
    /// do not remember.
    private let automaton: Mutex<LazyAutomaton>?

    /// Throws what Go's regexp.Compile would say.
    package init(_ text: String) throws(RE2Error) {
        self.text = text
        program = try RegexProgram(try RegexParser.parse(text))
        automaton = program.needsNeighbours ? nil : Mutex(LazyAutomaton(program))
    }

    /// Whether the pattern matches anywhere in the text.
    package func matches(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            // Another thread may be growing the automaton: the threads' way needs no shared state.
            let answer = automaton?.withLockIfAvailable { $0.matches(bytes) }
            if let answer { return answer }
            var matcher = ThreadMatcher(program)
            return matcher.find(in: bytes, from: 0, isAnyMatchEnough: true) != nil
        }
    }

    /// The leftmost match, as Perl would choose it.
    package func firstMatch(in text: String) -> String? { allMatches(in: text, max: 1).first }

    /// Matches that do not overlap, from left to right, at most `max`. An empty match right after another one does
    /// not count, as in Go.
    package func allMatches(in text: String, max: Int = .max) -> [String] {
        var text = text
        return text.withUTF8 { bytes in
            ranges(in: bytes, max: max).map { String(decoding: bytes[$0], as: UTF8.self) }
        }
    }

    private func ranges(in bytes: UnsafeBufferPointer<UInt8>, max: Int) -> [Range<Int>] {
        var found: [Range<Int>] = []
        var matcher = ThreadMatcher(program)
        var position = 0
        var lastEnd = -1
        while found.count < max, position <= bytes.count {
            guard let match = matcher.find(in: bytes, from: position, isAnyMatchEnough: false) else { break }
            let isRepeatedEmpty = match.isEmpty && match.lowerBound == lastEnd
            if !isRepeatedEmpty { found.append(match) }
            lastEnd = match.upperBound
            let step = match.isEmpty ? UTF8Cursor.width(in: bytes, at: match.upperBound) : 0
            position = match.upperBound + step
        }
        return found
    }
}

/// Why a text is no pattern, in the words of Go's regexp package.
package struct RE2Error: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Code: String, Sendable {
        case characterClass = "invalid character class"
        case characterRange = "invalid character class range"
        case escape = "invalid escape sequence"
        case namedCapture = "invalid named capture"
        case perlOperator = "invalid or unsupported Perl syntax"
        case repeatOperator = "invalid nested repetition operator"
        case repeatSize = "invalid repeat count"
        case missingBracket = "missing closing ]"
        case missingParenthesis = "missing closing )"
        case missingRepeatArgument = "missing argument to repetition operator"
        case trailingBackslash = "trailing backslash at end of expression"
        case unexpectedParenthesis = "unexpected )"
        case duplicateName = "duplicate capture group name"
        case nestingDepth = "expression nests too deeply"
        case large = "expression too large"
    }

    package let code: Code
    /// The part of the pattern that is at fault.
    package let part: String

    package var description: String { "error parsing regexp: \(code.rawValue): `\(part)`" }
}
