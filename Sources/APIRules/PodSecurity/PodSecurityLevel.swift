package import APIMachinery

/// How much a pod may be trusted with: upstream's Pod Security Standards.
package enum PodSecurityLevel: String, Sendable, CaseIterable, Comparable {
    case privileged
    case baseline
    case restricted

    package static func < (one: Self, other: Self) -> Bool { one.rank < other.rank }

    private var rank: Int {
        switch self {
        case .privileged: 0
        case .baseline: 1
        case .restricted: 2
        }
    }
}

/// Of which release's standards the talk is: `latest` or `v1.x`.
package enum PodSecurityVersion: Hashable, Sendable, CustomStringConvertible {
    case latest
    case minor(Int)

    /// `nil` for what is neither.
    package init?(_ text: String) {
        if text == "latest" {
            self = .latest
            return
        }
        let digits = text.dropFirst(3)
        guard text.hasPrefix("v1."), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(digits),
            String(number) == digits
        else { return nil }
        self = .minor(number)
    }

    package var description: String {
        switch self {
        case .latest: "latest"
        case .minor(let number): "v1.\(number)"
        }
    }
}

/// What is asked of pods in one respect.
package struct PodSecurityDemand: Hashable, Sendable, CustomStringConvertible {
    package var level: PodSecurityLevel
    package var version: PodSecurityVersion

    package init(_ level: PodSecurityLevel = .privileged, _ version: PodSecurityVersion = .latest) {
        self.level = level
        self.version = version
    }

    package var description: String { "\(level.rawValue):\(version)" }

    func isEquivalent(to other: PodSecurityDemand) -> Bool {
        self == other || (level == .privileged && other.level == .privileged)
    }
}

/// What is asked of the pods of a namespace, and what comes of it.
package struct PodSecurityPolicy: Equatable, Sendable {
    package var enforce = PodSecurityDemand()
    package var audit = PodSecurityDemand()
    package var warn = PodSecurityDemand()

    package static let labelPrefix = "pod-security.kubernetes.io/"

    package init() {}

    package var asksNothing: Bool { [enforce, audit, warn].allSatisfy { $0.level == .privileged } }

    package func isEquivalent(to other: PodSecurityPolicy) -> Bool {
        enforce.isEquivalent(to: other.enforce) && audit.isEquivalent(to: other.audit)
            && warn.isEquivalent(to: other.warn)
    }

    /// What a namespace's labels say. An enforced level that cannot be read is the strictest, the others fail open.
    package static func read(
        _ labels: [String: String], defaults: PodSecurityPolicy
    ) -> (policy: PodSecurityPolicy, errors: [FieldError]) {
        var policy = defaults
        var errors: [FieldError] = []
        let hasEnforcedLevel = read(labels, "enforce", &policy.enforce, otherwise: .restricted, &errors)
        _ = read(labels, "audit", &policy.audit, otherwise: .privileged, &errors)
        _ = read(labels, "warn", &policy.warn, otherwise: .privileged, &errors)
        if hasEnforcedLevel, labels["\(labelPrefix)warn"] == nil, policy.enforce.level > policy.warn.level {
            policy.warn.level = policy.enforce.level
            if labels["\(labelPrefix)warn-version"] == nil { policy.warn.version = policy.enforce.version }
        }
        return (policy, errors)
    }

    /// Whether there is a level that can be read.
    private static func read(
        _ labels: [String: String], _ mode: String, _ demand: inout PodSecurityDemand,
        otherwise fallback: PodSecurityLevel, _ errors: inout [FieldError]
    ) -> Bool {
        var hasLevel = false
        if let text = labels[labelPrefix + mode] {
            let level = PodSecurityLevel(rawValue: text)
            hasLevel = level != nil
            demand.level = level ?? fallback
            if level == nil { errors.append(error(mode, text, levelHint)) }
        }
        if let text = labels["\(labelPrefix)\(mode)-version"] {
            let version = PodSecurityVersion(text)
            demand.version = version ?? .latest
            if version == nil { errors.append(error("\(mode)-version", text, versionHint)) }
        }
        return hasLevel
    }

    package static let levelHint = "must be one of privileged, baseline, restricted"
    package static let versionHint = "must be \"latest\" or \"v1.x\""

    private static func error(_ mode: String, _ value: String, _ hint: String) -> FieldError {
        .invalid("metadata.labels[\(labelPrefix)\(mode)]", value, hint)
    }
}
