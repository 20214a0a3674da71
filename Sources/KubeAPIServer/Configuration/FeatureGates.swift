internal import APIMachinery

/// What a server does only when asked, until it has proven itself: upstream's feature gates, those that matter here.
package struct FeatureGates: Sendable, Equatable {
    package enum Gate: String, Sendable, CaseIterable {
        /// CBOR for requests, answers and watches (KEP-4222); alpha, off by default.
        case cborServingAndStorage = "CBORServingAndStorage"
        /// Large answers are compressed for who accepts it; beta, on by default.
        case apiResponseCompression = "APIResponseCompression"

        /// Who becomes another may be held to what he does as that one (KEP-5284); beta, on by default.
        case constrainedImpersonation = "ConstrainedImpersonation"

        package var isBeta: Bool { self != .cborServingAndStorage }
    }

    /// Every alpha gate at once, as upstream calls it.
    private static let allAlpha = "AllAlpha"
    /// Every beta gate.
    private static let allBeta = "AllBeta"

    private var enabled = beta

    private static let beta = Set(Gate.allCases.filter(\.isBeta))

    /// Upstream's defaults: what is beta is on.
    package init() {}

    /// With everything on.
    package static let all = FeatureGates(enabled: Set(Gate.allCases))

    private init(enabled: Set<Gate>) { self.enabled = enabled }

    package subscript(_ gate: Gate) -> Bool { enabled.contains(gate) }

    /// Reads `A=true,B=false`; what is named by itself counts more than `AllAlpha`.
    package init(parsing text: String) throws(ConfigurationError) {
        var settings: [(name: String, isOn: Bool)] = []
        for pair in text.split(separator: ",") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(\.trimmed)
            guard parts.count == 2 else { throw ConfigurationError("missing bool value for \(parts[0])") }
            guard let isOn = GoBool(parts[1]) else {
                throw ConfigurationError(
                    "invalid value of \(parts[0])=\(parts[1]), err: strconv.ParseBool: parsing "
                        + "\(GoText.quote(parts[1])): invalid syntax")
            }
            settings.append((parts[0], isOn.value))
        }
        let alpha = Set(Gate.allCases).subtracting(Self.beta)
        for setting in settings {
            guard let gates = [Self.allAlpha: alpha, Self.allBeta: Self.beta][setting.name] else { continue }
            if setting.isOn { enabled.formUnion(gates) } else { enabled.subtract(gates) }
        }
        for setting in settings where ![Self.allAlpha, Self.allBeta].contains(setting.name) {
            guard let gate = Gate(rawValue: setting.name) else {
                throw ConfigurationError("unrecognized feature gate: \(setting.name)")
            }
            if setting.isOn { enabled.insert(gate) } else { enabled.remove(gate) }
        }
    }
}

/// A truth value as Go's strconv reads it.
struct GoBool {
    let value: Bool

    init?(_ text: String) {
        switch text {
        case "1", "t", "T", "true", "TRUE", "True": value = true
        case "0", "f", "F", "false", "FALSE", "False": value = false
        case _: return nil
        }
    }
}
