internal import Determinism
internal import Metrics

/// How long admission takes (`apiserver/pkg/admission/metrics`).
package final class AdmissionMetrics: Sendable {
    package enum Phase: Int, CaseIterable, Sendable { case admit, validate }

    /// Plugins of upstream that have but one of the two phases.
    private static let single: [String: Phase] = [
        "NamespaceLifecycle": .admit, "NodeRestriction": .admit, "TaintNodesByCondition": .admit,
        "DefaultTolerationSeconds": .admit, "DefaultStorageClass": .admit, "StorageObjectInUseProtection": .admit,
        "PersistentVolumeClaimResize": .validate, "CertificateApproval": .validate, "CertificateSigning": .validate,
        "CertificateSubjectRestriction": .validate, "DefaultIngressClass": .admit, "MutatingAdmissionWebhook": .admit,
        "ValidatingAdmissionPolicy": .validate, "ValidatingAdmissionWebhook": .validate, "ResourceQuota": .validate,
    ]

    private static let layout = HistogramLayout.seconds([0.005, 0.025, 0.1, 0.5, 1, 2.5])
    private static let operations = AdmissionRequest.Operation.allCases
    private static let perName = Phase.allCases.count * operations.count * 2
    private let names: [String]
    private let steps = Slots<Histogram>(perName)
    private let plugins: Slots<Histogram>

    init(names: [String], registry: MetricsRegistry) {
        self.names = names
        plugins = Slots(names.count * Self.perName)
        register(in: registry)
    }

    func plugin(
        _ index: Int, _ phase: Phase, _ operation: AdmissionRequest.Operation, isRejected: Bool, _ took: Duration
    ) {
        guard Self.single[names[index]] ?? phase == phase else { return }
        let place = index * Self.perName + Self.place(phase, operation, isRejected)
        plugins.at(place) { Histogram(Self.layout) }.observe(took)
    }

    func step(_ phase: Phase, _ operation: AdmissionRequest.Operation, isRejected: Bool, _ took: Duration) {
        steps.at(Self.place(phase, operation, isRejected)) { Histogram(Self.layout) }.observe(took)
    }

    private static func place(_ phase: Phase, _ operation: AdmissionRequest.Operation, _ isRejected: Bool) -> Int {
        let operation = operations.firstIndex(of: operation) ?? 0
        return (phase.rawValue * operations.count + operation) * 2 + (isRejected ? 1 : 0)
    }

    /// Phase, operation, whether it was rejected.
    private static func labels(_ place: Int) -> [String] {
        let (rest, isRejected) = place.quotientAndRemainder(dividingBy: 2)
        let (phase, operation) = rest.quotientAndRemainder(dividingBy: operations.count)
        let phaseName = String(describing: Phase.allCases[phase])
        return [phaseName, operations[operation].rawValue, isRejected == 1 ? "true" : "false"]
    }

    private func register(in registry: MetricsRegistry) {
        let labels = ["type", "operation", "rejected"]
        let broken = "broken out for each operation and API resource and"
        registry.add(
            MetricFamily(
                "apiserver_admission_step_admission_duration_seconds", .histogram,
                "Admission sub-step latency histogram in seconds, \(broken) step type (validate or admit).",
                labels: labels, .stable)
        ) { [steps] in steps.made.map { MetricSample(Self.labels($0), $1.snapshot) } }
        registry.add(
            MetricFamily(
                "apiserver_admission_controller_admission_duration_seconds", .histogram,
                "Admission controller latency histogram in seconds, identified by name and \(broken) type (validate "
                    + "or admit).", labels: ["name"] + labels, .stable)
        ) { [plugins, names] in
            plugins.made.map { index, histogram in
                let (name, place) = index.quotientAndRemainder(dividingBy: Self.perName)
                return MetricSample([names[name]] + Self.labels(place), histogram.snapshot)
            }
        }
    }
}

/// How long webhooks take, and what they say.
package final class WebhookMetrics: Sendable {
    private static let layout = HistogramLayout.seconds([0.005, 0.025, 0.1, 0.5, 1, 2.5, 10, 25])
    /// Stranger codes are not told apart.
    private static let codeMax = 600

    /// Why a request was rejected.
    enum Rejection: String { case callingWebhookError = "calling_webhook_error", noError = "no_error" }

    private let durations: Labelled<Histogram>
    private let requests: Labelled<Counter>
    private let rejections: Labelled<Counter>
    private let failedOpen: Labelled<Counter>

    init(_ registry: MetricsRegistry) {
        let prefix = "apiserver_admission_webhook_"
        let identified = "identified by name and broken out for each"
        let bounded = "Codes greater than 600 are truncated to 600, to keep the metrics cardinality bounded."
        durations = registry.histograms(
            MetricFamily(
                prefix + "admission_duration_seconds", .histogram,
                "Admission webhook latency histogram in seconds, \(identified) operation and API resource and type "
                    + "(validate or admit).", labels: ["name", "type", "operation", "rejected"], .stable), Self.layout)
        requests = registry.counters(
            MetricFamily(
                prefix + "request_total", .counter,
                "Admission webhook request total, \(identified) admission type (validating or admit) and operation. "
                    + "Additional labels specify whether the request was rejected or not and an HTTP status code. "
                    + bounded, labels: ["name", "type", "operation", "code", "rejected"]))
        rejections = registry.counters(
            MetricFamily(
                prefix + "rejection_count", .counter,
                "Admission webhook rejection count, \(identified) admission type (validating or admit) and operation. "
                    + "Additional labels specify an error type (calling_webhook_error or apiserver_internal_error if "
                    + "an error occurred; no_error otherwise) and optionally a non-zero rejection code if the webhook "
                    + "rejects the request with an HTTP status code (honored by the apiserver when the code is "
                    + "greater or equal to 400). " + bounded,
                labels: ["name", "type", "operation", "error_type", "rejection_code"]))
        failedOpen = registry.counters(
            MetricFamily(
                prefix + "fail_open_count", .counter,
                "Admission webhook fail open count, \(identified) admission type (validating or admit).",
                labels: ["name", "type"]))
    }

    /// - code: of a refusal; 200 when the webhook let the request pass.
    func answered(
        _ name: String, _ phase: AdmissionMetrics.Phase, _ operation: AdmissionRequest.Operation, code: Int,
        isRejected: Bool, _ took: Duration
    ) {
        let (type, rejected) = (String(describing: phase), isRejected ? "true" : "false")
        durations[name, type, operation.rawValue, rejected].observe(took)
        requests[name, type, operation.rawValue, String(min(code, Self.codeMax)), rejected].add()
    }

    func rejected(
        _ name: String, _ phase: AdmissionMetrics.Phase, _ operation: AdmissionRequest.Operation, _ why: Rejection,
        code: Int
    ) {
        // Upstream says `validating` here, and `validate` everywhere else.
        let type = phase == .validate ? "validating" : "admit"
        rejections[name, type, operation.rawValue, why.rawValue, String(min(code, Self.codeMax))].add()
    }

    func failedOpen(_ name: String, _ phase: AdmissionMetrics.Phase) {
        failedOpen[name, phase == .validate ? "validating" : "admit"].add()
    }
}
