internal import RE2

/// A regular expression that a schema demands of texts; it may match anywhere in them.
final class CustomPattern: Sendable {
    let text: String
    private let pattern: RE2Pattern

    /// `nil` when the text is no regular expression.
    init?(_ text: String) {
        self.text = text
        do {
            pattern = try RE2Pattern(text)
        } catch {
            return nil
        }
    }

    /// Why the text is no regular expression; `nil` when it is one.
    static func problem(_ text: String) -> String? {
        do throws(RE2Error) {
            _ = try RE2Pattern(text)
            return nil
        } catch {
            return error.description
        }
    }

    func matches(_ value: String) -> Bool { pattern.matches(value) }
}
