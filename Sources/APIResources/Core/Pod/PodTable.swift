internal import APIMachinery
internal import APIRegistry

/// What `kubectl get pods` shows.
enum PodTable {
    static let columns: [TableColumn] = [
        .name,
        .text("Ready", "How many of the containers are ready.") {
            let pod = PodSummary($0)
            return "\(pod.ready)/\(pod.total)"
        },
        .text("Status", "What the containers, taken together, are at.") { PodSummary($0).reason },
        .moment("Restarts", "How often containers were started again, and when last.") { object, moment in
            let restarts = PodSummary(object).restarts
            guard restarts.count != 0, let last = restarts.last else { return String(restarts.count) }
            return "\(restarts.count) (\(moment.age(since: last)) ago)"
        },
        .age,
        .text("IP", "The pod's first address.", wide: true) { pod in
            pod.text("status", "podIP").or(pod.items("status", "podIPs").first?.text("ip") ?? "").orNone
        },
        .text("Node", "Where the pod runs.", wide: true) { $0.text("spec", "nodeName").orNone },
        .text("Nominated Node", "Where room is being made for the pod.", wide: true) {
            $0.text("status", "nominatedNodeName").orNone
        },
        .text("Readiness Gates", "How many of the further conditions for readiness hold.", wide: true) { pod in
            let gates = pod.items("spec", "readinessGates")
            guard !gates.isEmpty else { return "<none>" }
            return "\(gates.filter { pod.isTrue($0.text("conditionType")) }.count)/\(gates.count)"
        },
    ]

    static let templateColumns: [TableColumn] =
        [.name] + TemplateColumns.containers(wide: false) { $0["template"] } + [
            .text("Pod Labels", "Labels of pods made from the template.") {
                SelectorText.labels($0[path: "template", "metadata", "labels"])
            }
        ]
}
