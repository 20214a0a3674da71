internal import Determinism

extension Duration {
    /// As Go writes it: `1h0m1s`, `1.5s`, `0s`.
    package var goText: String { DurationText.text(nanoseconds: wholeNanoseconds) }

    /// `nil` for what ``DurationText/parse(_:)`` refuses.
    package init?(goText text: String) {
        do {
            self = .nanoseconds(try DurationText.parse(text))
        } catch {
            return nil
        }
    }
}
