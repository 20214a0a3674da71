internal import APIMachinery
internal import APITypes

/// Pods that another pod wants near or far, ready to be matched.
package struct AffinityTerm: Sendable {
    package let topologyKey: String
    package let weight: Int64
    private let selector: Selector
    private let namespaces: Set<String>
    private let namespaceSelector: Selector?

    init(_ term: PodAffinityTerm, weight: Int64 = 0, owner: ObjectMeta) {
        topologyKey = term.topologyKey
        self.weight = weight
        selector = Selector.of(term.labelSelector)
            .adding(keys: term.matchLabelKeys, of: owner.labels)
            .adding(keys: term.mismatchLabelKeys, of: owner.labels, matching: false)
        namespaces =
            term.namespaces.isEmpty && term.namespaceSelector == nil ? [owner.namespace] : Set(term.namespaces)
        namespaceSelector = term.namespaceSelector.map { Selector.of($0) }
    }

    /// - namespaceLabels: the labels of every namespace.
    func matches(_ group: LabelGroup, _ namespaceLabels: [String: [String: String]]) -> Bool {
        if !namespaces.contains(group.namespace) {
            guard let namespaceSelector, namespaceSelector.matches(namespaceLabels[group.namespace] ?? [:]) else {
                return false
            }
        }
        return selector.matches(group.labels)
    }
}

/// The pod affinity and anti-affinity of one pod.
package struct PodAffinityTerms: Sendable {
    package var required: [AffinityTerm] = []
    package var requiredAnti: [AffinityTerm] = []
    package var preferred: [AffinityTerm] = []
    package var preferredAnti: [AffinityTerm] = []

    /// `nil` when the pod has none.
    init?(_ pod: Pod) {
        guard let affinity = pod.spec.affinity else { return nil }
        let owner = pod.metadata
        if let near = affinity.podAffinity {
            required = near.requiredDuringSchedulingIgnoredDuringExecution.map { AffinityTerm($0, owner: owner) }
            preferred = near.preferredDuringSchedulingIgnoredDuringExecution.map {
                AffinityTerm($0.podAffinityTerm, weight: Int64($0.weight), owner: owner)
            }
        }
        if let far = affinity.podAntiAffinity {
            requiredAnti = far.requiredDuringSchedulingIgnoredDuringExecution.map { AffinityTerm($0, owner: owner) }
            preferredAnti = far.preferredDuringSchedulingIgnoredDuringExecution.map {
                AffinityTerm($0.podAffinityTerm, weight: Int64($0.weight), owner: owner)
            }
        }
        if required.isEmpty, requiredAnti.isEmpty, preferred.isEmpty, preferredAnti.isEmpty { return nil }
    }
}
