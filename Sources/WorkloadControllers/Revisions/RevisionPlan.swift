internal import APIMachinery
package import APITypes
internal import ControllerRuntime

/// The history of a template, kept in ControllerRevisions.
package struct RevisionPlan: Sendable {
    package enum Step: Sendable {
        /// The template is known, as the newest.
        case keep(ControllerRevision)
        /// The template is known from before: it becomes the newest again.
        case renumber(ControllerRevision)
        /// A template not seen before.
        case create(ControllerRevision)
    }

    /// Where a revision bears its hash; each kind of owner has its own label.
    package enum HashLabel: String, Sendable, CaseIterable {
        case daemonSet = "controller-revision-hash"
        case statefulSet = "controller.kubernetes.io/hash"
    }

    package let step: Step
    /// Old revisions that nobody uses, beyond the limit; the oldest first.
    package let expired: [ControllerRevision]

    /// - owned: the revisions the owner has.
    /// - live: names of revisions that pods use.
    package static func decide(
        for owner: some APIObject, template: PodTemplateSpec, labels: [String: String], hashLabel: HashLabel,
        owned: [ControllerRevision], live: Set<String>, limit: Int, collisions: Int32?
    ) -> RevisionPlan {
        let sorted = owned.sorted { ($0.revision, $0.metadata.name) < ($1.revision, $1.metadata.name) }
        let wanted = make(
            for: owner, template, labels, hashLabel, revision: (sorted.last?.revision ?? 0) + 1, collisions)
        let step: Step
        if let known = sorted.last(where: { $0.data == wanted.data }) {
            if known.metadata.name == sorted.last?.metadata.name {
                step = .keep(known)
            } else {
                var renewed = known
                renewed.revision = wanted.revision
                step = .renumber(renewed)
            }
        } else {
            step = .create(wanted)
        }
        let current = step.revision.metadata.name
        let old = sorted.filter { !live.contains($0.metadata.name) && $0.metadata.name != current }
        return RevisionPlan(step: step, expired: Array(old.prefix(max(0, old.count - limit))))
    }

    private static func make(
        for owner: some APIObject, _ template: PodTemplateSpec, _ labels: [String: String], _ hashLabel: HashLabel,
        revision: Int64, _ collisions: Int32?
    ) -> ControllerRevision {
        var content = template.value
        content["$patch"] = "replace"
        // Revisions are compared byte by byte, and those of older servers have this field.
        content[path: "metadata", "creationTimestamp"] = .null
        var made = ControllerRevision()
        made.data = ["spec": ["template": content]]
        made.revision = revision
        let hash = TemplateHash.of(made.data.json, collisions: collisions)
        made.metadata.name = "\(owner.metadata.name)-\(hash)"
        made.metadata.namespace = owner.metadata.namespace
        made.metadata.labels = labels
        made.metadata.labels[hashLabel.rawValue] = hash
        made.metadata.annotations = owner.metadata.annotations.filter {
            $0.key != "kubectl.kubernetes.io/last-applied-configuration"
        }
        made.metadata.ownerReferences = [.controller(owner)]
        return made
    }
}

extension RevisionPlan.Step {
    package var revision: ControllerRevision {
        switch self {
        case .keep(let revision), .renumber(let revision), .create(let revision): revision
        }
    }
}

extension ControllerRevision {
    package var hash: String {
        RevisionPlan.HashLabel.allCases.lazy.compactMap { metadata.labels[$0.rawValue] }.first ?? metadata.name
    }

    /// The template that was kept; `nil` when the revision holds something else.
    package var template: PodTemplateSpec? {
        guard let value = data[path: "spec", "template"] else { return nil }
        // What cannot be read back is no template.
        return try? PodTemplateSpec(value: value)
    }
}
