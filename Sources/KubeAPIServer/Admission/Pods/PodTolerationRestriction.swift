internal import APIMachinery
internal import APIRules

/// The pods of a namespace get its tolerations, and may have no others than it allows.
struct PodTolerationRestriction: AdmissionPlugin {
    private static let defaults = "scheduler.alpha.kubernetes.io/defaultTolerations"
    private static let allowed = "scheduler.alpha.kubernetes.io/tolerationsWhitelist"
    private static let memoryPressure: Value = [
        "key": "node.kubernetes.io/memory-pressure", "operator": "Exists", "effect": "NoSchedule",
    ]

    let objects: ObjectLookup
    /// Of namespaces that say nothing themselves.
    let clusterDefaults: [Value]
    let clusterAllowed: [Value]

    var name: String { "PodTolerationRestriction" }

    func handles(_ request: AdmissionRequest) -> Bool {
        (request.operation == .create || request.operation == .update) && request.concerns("pods")
    }

    func admit(_ request: inout AdmissionRequest) async throws(StatusError) {
        var extra: [Value] = []
        if request.operation == .create { extra = try tolerations(Self.defaults, request) ?? clusterDefaults }
        let spec = request.object?["spec"]?.objectValue ?? Fields()
        if PodQuality.qosClass(of: spec) != "BestEffort" { extra.append(Self.memoryPressure) }
        guard !extra.isEmpty else { return }
        let merged = TolerationMerge.merge(spec["tolerations"]?.arrayValue ?? [], extra)
        request.object?.modifyFields { pod in pod.inNewObject("spec") { $0["tolerations"] = .array(merged) } }
    }

    func validate(_ request: AdmissionRequest) async throws(StatusError) {
        let present = request.object?[path: "spec", "tolerations"]?.arrayValue ?? []
        guard !present.isEmpty else { return }
        let own = try tolerations(Self.allowed, request)
        let allowed = own ?? clusterAllowed
        guard allowed.isEmpty || present.allSatisfy({ one in allowed.contains { TolerationMerge.covers($0, one) } })
        else {
            throw StatusError(
                code: 500, reason: .unknown,
                message: "pod tolerations (possibly merged with namespace default tolerations) conflict with its"
                    + " \(own == nil ? "cluster" : "namespace") whitelist")
        }
    }

    /// What an annotation of the namespace lists; `nil` where it has none.
    private func tolerations(_ annotation: String, _ request: AdmissionRequest) throws(StatusError) -> [Value]? {
        guard let text = try objects.policy("namespaces", request.namespace).annotation(annotation) else { return nil }
        guard !text.isEmpty else { return [] }
        do throws(JSONError) { return try Value(json: Array(text.utf8)).arrayValue ?? [] } catch {
            throw StatusError(code: 500, reason: .unknown, message: error.message)
        }
    }
}

/// Tolerations in one list, without those that others cover.
enum TolerationMerge {
    static func merge(_ first: [Value], _ second: [Value]) -> [Value] {
        let all = first + second
        var merged: [Value] = []
        for (index, toleration) in all.enumerated() {
            if merged.contains(where: { covers($0, toleration) }) { continue }
            // Of equal ones the first stays.
            if all[(index + 1)...].contains(where: { $0 != toleration && covers($0, toleration) }) { continue }
            merged.append(toleration)
        }
        return merged
    }

    /// Whether one tolerates all that another does.
    static func covers(_ wide: Value, _ narrow: Value) -> Bool {
        if wide == narrow { return true }
        func text(_ value: Value, _ name: String) -> String { value[name]?.stringValue ?? "" }
        let isExists = text(wide, "operator") == "Exists"
        if text(narrow, "key") != text(wide, "key"), !(text(wide, "key").isEmpty && isExists) { return false }
        let effect = text(wide, "effect")
        if text(narrow, "effect") != effect, !effect.isEmpty { return false }
        if effect == "NoExecute", let most = wide["tolerationSeconds"]?.integerValue {
            guard let seconds = narrow["tolerationSeconds"]?.integerValue, seconds <= most else { return false }
        }
        switch text(wide, "operator") {
        case "Exists": return true
        case "Equal", "": return text(narrow, "operator") == "Equal" && text(narrow, "value") == text(wide, "value")
        case _: return false
        }
    }
}
