internal import APIMachinery
internal import APIRules

/// The pods of a namespace go to the nodes that its annotation selects.
struct PodNodeSelector: AdmissionPlugin {
    private static let annotation = "scheduler.alpha.kubernetes.io/node-selector"
    static let clusterDefault = "clusterDefaultNodeSelector"

    let objects: ObjectLookup
    /// By namespace which selectors its pods may have, and the default under a name of its own.
    let selectors: [String: String]

    var name: String { "PodNodeSelector" }

    func handles(_ request: AdmissionRequest) -> Bool { request.operation == .create && request.concerns("pods") }

    func admit(_ request: inout AdmissionRequest) async throws(StatusError) {
        let wanted = try merged(request)
        guard !wanted.isEmpty else { return }
        request.object?.modifyFields { pod in
            pod.inNewObject("spec") { spec in
                spec["nodeSelector"] = .object(
                    Fields(unsorted: wanted.map { Fields.Element(name: $0.key, value: .string($0.value)) }))
            }
        }
    }

    func validate(_ request: AdmissionRequest) async throws(StatusError) {
        let chosen = try merged(request)
        let allowed = try Self.labels(selectors[request.namespace] ?? "")
        guard allowed.isEmpty || chosen.allSatisfy({ allowed[$0.key] == $0.value }) else {
            throw request.forbidden("pod node label selector labels conflict with its namespace whitelist")
        }
    }

    /// The namespace's and the pod's own.
    private func merged(_ request: AdmissionRequest) throws(StatusError) -> [String: String] {
        let namespace = try objects.policy("namespaces", request.namespace)
        let wanted = try Self.labels(namespace.annotation(Self.annotation) ?? selectors[Self.clusterDefault] ?? "")
        let own = request.object?[path: "spec", "nodeSelector"]?.stringMap ?? [:]
        guard own.allSatisfy({ (wanted[$0.key] ?? $0.value) == $0.value }) else {
            throw request.forbidden("pod node label selector conflicts with its namespace node label selector")
        }
        return wanted.merging(own) { _, own in own }
    }

    /// Reads `a=b,c=d`.
    static func labels(_ text: String) throws(StatusError) -> [String: String] {
        var labels: [String: String] = [:]
        guard !text.isEmpty else { return labels }
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let pair = part.split(separator: "=", omittingEmptySubsequences: false).map(\.trimmed)
            guard pair.count == 2 else {
                throw StatusError(code: 500, reason: .unknown, message: "invalid selector: \(text)")
            }
            labels[pair[0]] = pair[1]
        }
        return labels
    }
}
