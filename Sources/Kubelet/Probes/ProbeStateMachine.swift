package import APITypes
internal import Determinism

/// What a probe asks about.
package enum ProbeKind: String, Sendable, Hashable, CaseIterable {
    case startup = "Startup"
    case liveness = "Liveness"
    case readiness = "Readiness"
}

/// One answer.
package enum ProbeResult: Sendable, Equatable {
    case success
    case failure(String)
    /// The probe could not be made at all; counts as no answer.
    case error(String)
}

/// Turns single answers into a finding: only so many in a row count. Pure.
package struct ProbeStateMachine: Sendable {
    package let kind: ProbeKind
    private let successThreshold: Int
    private let failureThreshold: Int
    private var lastWasSuccess: Bool?
    private var inARow = 0
    /// nil before the first finding.
    package private(set) var finding: Bool?
    /// A container that failed for good is not asked again.
    package private(set) var isOnHold = false

    /// - Parameter initial: What counts until the first finding.
    package init(_ kind: ProbeKind, _ probe: Probe, initial: Bool? = nil) {
        self.kind = kind
        successThreshold = max(1, Int(probe.successThreshold))
        failureThreshold = probe.failureThreshold == 0 ? 3 : Int(probe.failureThreshold)
        finding = initial
    }

    /// Takes one answer; true when the finding has changed.
    package mutating func take(_ result: ProbeResult) -> Bool {
        let isSuccess: Bool
        switch result {
        case .success: isSuccess = true
        case .failure: isSuccess = false
        case .error: return false
        }
        inARow = lastWasSuccess == isSuccess ? inARow + 1 : 1
        lastWasSuccess = isSuccess
        guard inARow >= (isSuccess ? successThreshold : failureThreshold) else { return false }
        // A startup probe that has succeeded is done, too.
        if kind != .readiness, !isSuccess { isOnHold = true }
        if kind == .startup, isSuccess { isOnHold = true }
        defer { finding = isSuccess }
        return finding != isSuccess
    }
}

extension Container {
    package func probe(_ kind: ProbeKind) -> Probe? {
        switch kind {
        case .startup: startupProbe
        case .liveness: livenessProbe
        case .readiness: readinessProbe
        }
    }

    /// A port given by number or by the name of one of the container's ports.
    package func port(_ port: String) -> Int? {
        Int(port) ?? ports.first { $0.name == port }.map { Int($0.containerPort) }
    }
}

extension Probe {
    package var period: Duration { .seconds(Int64(periodSeconds == 0 ? 10 : periodSeconds)) }
    package var timeout: Duration { .seconds(Int64(timeoutSeconds == 0 ? 1 : timeoutSeconds)) }
}
