/// The order in which clients should prefer versions: they take the first that fits.
package enum VersionOrder {
    /// Whether version `a` is preferred to `b`: `v2`, `v1`, `v2beta1`, `v1alpha1`, then other names by the alphabet.
    package static func isVersion(_ a: String, before b: String) -> Bool {
        switch (Version(a), Version(b)) {
        case (let left?, let right?):
            (left.stability, left.major, left.minor) > (right.stability, right.major, right.minor)
        case (.some, nil): true
        case (nil, .some): false
        case (nil, nil): a < b
        }
    }

    /// A version that follows Kubernetes' convention.
    private struct Version {
        var major: Int
        /// 2 stable, 1 beta, 0 alpha
        var stability: Int
        var minor: Int

        init?(_ text: String) {
            guard text.hasPrefix("v") else { return nil }
            var rest = text.dropFirst()
            guard let major = Self.number(&rest) else { return nil }
            self.major = major
            if rest.isEmpty {
                (stability, minor) = (2, 0)
                return
            }
            if rest.hasPrefix("beta") {
                (stability, rest) = (1, rest.dropFirst(4))
            } else if rest.hasPrefix("alpha") {
                (stability, rest) = (0, rest.dropFirst(5))
            } else {
                return nil
            }
            guard let minor = Self.number(&rest), rest.isEmpty else { return nil }
            self.minor = minor
        }

        /// Takes a number without leading zero off the front.
        private static func number(_ text: inout Substring) -> Int? {
            let digits = text.prefix { $0.isASCII && $0.isNumber }
            guard let first = digits.first, first != "0", let number = Int(digits) else { return nil }
            text = text.dropFirst(digits.count)
            return number
        }
    }
}
