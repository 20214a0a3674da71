/// The order in which clients should prefer groups and versions: they take the first that fits.
package enum VersionOrder {
    /// Upstream's priorities of the built-in groups, highest first; ties go by name.
    private static let groups: [String] = [
        "", "apiregistration.k8s.io", "apps", "events.k8s.io", "authentication.k8s.io", "authorization.k8s.io",
        "autoscaling", "batch", "certificates.k8s.io", "networking.k8s.io", "policy", "rbac.authorization.k8s.io",
        "storage.k8s.io", "admissionregistration.k8s.io", "apiextensions.k8s.io", "scheduling.k8s.io",
        "coordination.k8s.io", "node.k8s.io", "discovery.k8s.io", "resource.k8s.io", "flowcontrol.apiserver.k8s.io",
        "internal.apiserver.k8s.io", "storagemigration.k8s.io",
    ]
    private static let ranks = Dictionary(uniqueKeysWithValues: groups.enumerated().map { ($1, $0) })
    /// Metrics come last, so that `pods` is never theirs.
    private static let lastGroups: Set<String> = ["metrics.k8s.io", "custom.metrics.k8s.io", "external.metrics.k8s.io"]

    /// Whether group `a` comes before group `b`: built-in ones, custom ones by name, metrics.
    package static func isGroup(_ a: String, before b: String) -> Bool { (rank(a), a) < (rank(b), b) }

    private static func rank(_ group: String) -> Int {
        ranks[group] ?? (lastGroups.contains(group) ? groups.count + 1 : groups.count)
    }

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
