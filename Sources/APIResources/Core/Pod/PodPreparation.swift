internal import APIMachinery
internal import APIRules

/// What the server works out of a pod before it checks it.
enum PodPreparation {
    /// `matchLabelKeys` become requirements of the selector beside them, with the pod's own values.
    static func resolveLabelKeys(_ pod: inout Fields) {
        let labels = pod["metadata"]?["labels"]?.objectValue ?? Fields()
        pod.inObject("spec") { spec in
            spec.inItems("topologySpreadConstraints") { constraint in
                resolve("matchLabelKeys", "In", in: &constraint, labels)
            }
            spec.inObject("affinity") { affinity in
                for kind in ["podAffinity", "podAntiAffinity"] {
                    affinity.inObject(kind) { resolve(affinity: &$0, labels) }
                }
            }
        }
    }

    private static func resolve(affinity: inout Fields, _ labels: Fields) {
        let resolveTerm = { (term: inout Fields) in
            resolve("matchLabelKeys", "In", in: &term, labels)
            resolve("mismatchLabelKeys", "NotIn", in: &term, labels)
        }
        affinity.inItems("requiredDuringSchedulingIgnoredDuringExecution", resolveTerm)
        affinity.inItems("preferredDuringSchedulingIgnoredDuringExecution") { weighted in
            weighted.inObject("podAffinityTerm", resolveTerm)
        }
    }

    private static func resolve(_ list: String, _ operation: Value, in holder: inout Fields, _ labels: Fields) {
        guard let keys = holder[list]?.arrayValue, holder["labelSelector"] != nil else { return }
        let added = keys.compactMap { key -> Value? in
            guard let name = key.stringValue, let value = labels[name] else { return nil }
            return ["key": key, "operator": operation, "values": [value]]
        }
        guard !added.isEmpty else { return }
        holder.inObject("labelSelector") { selector in
            selector.setDefault("matchExpressions", [])
            selector.modify("matchExpressions") { $0.modifyItems { $0 += added } }
        }
    }

    /// Clients that do not know `observedGeneration` must not wipe it out.
    static func keepObservedGenerations(_ pod: inout Value, from old: Value) {
        pod.modifyFields { pod in
            pod.inObject("status") { status in
                if (status["observedGeneration"]?.integerValue ?? 0) == 0 {
                    status["observedGeneration"] = old[path: "status", "observedGeneration"]
                }
                let before = old[path: "status", "conditions"]?.arrayValue ?? []
                status.inItems("conditions") { condition in
                    guard (condition["observedGeneration"]?.integerValue ?? 0) == 0 else { return }
                    let same = before.first { $0["type"] == condition["type"] }
                    condition["observedGeneration"] = same?["observedGeneration"]
                }
            }
        }
    }

    // MARK: Subresources

    /// Takes nothing over but some fields of the spec.
    static func keepAllBut(_ names: [String], in pod: inout Value, from old: Value) {
        let sent = pod["spec"]
        pod["spec"] = old["spec"]
        pod["status"] = old["status"]
        for name in names { pod[path: "spec", name] = sent?[name] }
    }

    /// Takes nothing over but what containers ask for; a changed list of containers is left for validation to refuse.
    static func keepAllButResources(_ pod: inout Value, from old: Value) {
        let lists = ["containers", "initContainers"]
        let names = { (value: Value, list: String) in
            (value[path: "spec", list]?.arrayValue ?? []).map { $0["name"] }
        }
        let sent = pod
        guard lists.allSatisfy({ names(sent, $0) == names(old, $0) }) else { return }
        pod["spec"] = old["spec"]
        pod["status"] = old["status"]
        pod.modifyFields { pod in
            pod.inObject("spec") { spec in
                for list in lists {
                    let items = sent[path: "spec", list]?.arrayValue ?? []
                    spec.modify(list) { value in
                        value.modifyItems { containers in
                            for index in containers.indices {
                                for field in ["resources", "resizePolicy"] {
                                    containers[index][field] = items[index][field]
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
