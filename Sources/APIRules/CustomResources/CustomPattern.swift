internal import Synchronization

/// A regular expression that a schema demands of texts; it may match anywhere in them.
final class CustomPattern: Sendable {
    let text: String
    /// Behind a lock because Swift does not say that it may be used by many at once.
    private let regex: Mutex<Regex<AnyRegexOutput>>

    /// `nil` when the text is no regular expression.
    init?(_ text: String) {
        self.text = text
        do {
            regex = Mutex(try Self.compile(text))
        } catch {
            return nil
        }
    }

    /// Why the text is no regular expression; `nil` when it is one.
    static func problem(_ text: String) -> String? {
        do {
            _ = try compile(text)
            return nil
        } catch {
            return "\(error)"
        }
    }

    func matches(_ value: String) -> Bool {
        // An expression that fails while it runs matches nothing.
        regex.withLock { (try? $0.firstMatch(in: value)) != nil }
    }

    /// As RE2 reads it: classes are of ASCII, a character is a scalar.
    private static func compile(_ text: String) throws -> Regex<AnyRegexOutput> {
        try Regex(text).asciiOnlyWordCharacters().asciiOnlyDigits().asciiOnlyWhitespace()
            .matchingSemantics(.unicodeScalar)
    }
}
