internal import APIMachinery
internal import APITypes

/// Why a metric gives no number, with upstream's reason.
struct MetricFailure: Error, Sendable, Equatable, CustomStringConvertible {
    let reason: String
    let message: String
    /// What was wanted: `cpu resource`.
    var metric = ""

    var description: String { metric.isEmpty ? message : "failed to get \(metric) metric value: \(message)" }
}

/// What a metric asks for, and what to report of it.
struct MetricAnswer: Sendable {
    let replicas: Int
    let name: String
    let status: MetricStatus
}

/// A metric of an autoscaler as a question about resources.
struct AskedMetric: Sendable {
    let question: ResourceUsage.Question
    private let spec: MetricSpec
    private let failureReason: String

    /// Metrics of pods, objects and the outside world come from extension servers, of which there is none.
    init(_ spec: MetricSpec, behavior: HorizontalPodAutoscalerBehavior?) throws(MetricFailure) {
        self.spec = spec
        let target: MetricTarget
        let resource: String
        var container: String?
        switch spec.type {
        case "Resource":
            guard let source = spec.resource else { throw Self.unknown(spec) }
            (target, resource) = (source.target, source.name)
            failureReason = "FailedGetResourceMetric"
        case "ContainerResource":
            guard let source = spec.containerResource else { throw Self.unknown(spec) }
            (target, resource, container) = (source.target, source.name, source.container)
            failureReason = "FailedGetContainerResourceMetric"
        case _:
            throw Self.unknown(spec)
        }
        let wanted: ResourceUsage.Target
        if let percent = target.averageUtilization {
            wanted = .utilization(Int(percent))
        } else if let amount = target.averageValue {
            wanted = .average(amount.milliValue)
        } else {
            throw MetricFailure(
                reason: failureReason,
                message: "invalid resource metric source: neither an average utilization target nor an average value "
                    + "(usage) target was set")
        }
        let tolerances = (
            up: behavior?.scaleUp?.tolerance?.doubleValue ?? ResourceUsage.tolerance,
            down: behavior?.scaleDown?.tolerance?.doubleValue ?? ResourceUsage.tolerance
        )
        question = ResourceUsage.Question(
            resource: resource, container: container, target: wanted, tolerances: tolerances)
    }

    private static func unknown(_ spec: MetricSpec) -> MetricFailure {
        let reasons = [
            "Pods": "FailedGetPodsMetric", "Object": "FailedGetObjectMetric", "External": "FailedGetExternalMetric",
        ]
        guard let reason = reasons[spec.type] else {
            return MetricFailure(
                reason: "InvalidMetricSourceType", message: "unknown metric source type \"\(spec.type)\"")
        }
        return MetricFailure(reason: reason, message: "no server of this cluster serves metrics of type \(spec.type)")
    }

    /// - ofReading: the metrics could not be read at all.
    func failure(_ why: String, ofReading: Bool = false) -> MetricFailure {
        let reading = ofReading ? "unable to get metrics for resource \(question.resource): " : ""
        return MetricFailure(
            reason: failureReason, message: "failed to get \(question.resource) \(measure): \(reading)\(why)",
            metric: "\(question.resource) \(question.container == nil ? "resource" : "container")")
    }

    private var measure: String {
        switch question.target {
        case .utilization: "utilization"
        case .average: "usage"
        }
    }

    func answer(_ proposal: ResourceUsage.Proposal) -> MetricAnswer {
        var current = MetricValueStatus()
        current.averageValue = .milli(proposal.average)
        current.averageUtilization = proposal.utilization.map(Int32.init)
        var status = MetricStatus()
        status.type = spec.type
        var name = "\(question.resource) resource"
        if proposal.utilization != nil { name += " utilization (percentage of request)" }
        if let container = question.container {
            var report = ContainerResourceMetricStatus()
            report.container = container
            report.name = question.resource
            report.current = current
            status.containerResource = report
            name = "\(question.resource) container resource"
            if proposal.utilization != nil { name += " utilization (percentage of request)" }
        } else {
            var report = ResourceMetricStatus()
            report.name = question.resource
            report.current = current
            status.resource = report
        }
        return MetricAnswer(replicas: proposal.replicas, name: name, status: status)
    }
}
