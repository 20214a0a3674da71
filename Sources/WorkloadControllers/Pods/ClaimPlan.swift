package import APIMachinery
package import APITypes
internal import ControllerRuntime

/// Which objects belong to an owner, and which are to be adopted or released; upstream's controller-ref manager.
package struct ClaimPlan<T: APIObject>: Sendable, Equatable {
    /// Have the owner already and still match.
    package var owned: [T] = []
    /// Match and have no owner.
    package var adopt: [T] = []
    /// Have the owner but match no more.
    package var release: [T] = []

    /// - candidates: objects of the owner's namespace; those of other owners are passed over.
    package static func decide(
        candidates: [T], owner: ObjectMeta, selector: Selector
    ) -> ClaimPlan {
        var plan = ClaimPlan()
        for object in candidates {
            let matches = selector.matches(object.metadata.labels)
            if let controller = object.metadata.controllerReference {
                guard controller.uid == owner.uid else { continue }
                if matches {
                    plan.owned.append(object)
                } else if !owner.isBeingDeleted, !object.metadata.isBeingDeleted {
                    plan.release.append(object)
                }
            } else if matches, !owner.isBeingDeleted, !object.metadata.isBeingDeleted,
                object.metadata.namespace == owner.namespace
            {
                plan.adopt.append(object)
            }
        }
        return plan
    }
}
