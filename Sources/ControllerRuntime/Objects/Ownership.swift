internal import APIMachinery
package import APITypes

extension OwnerReference {
    /// Names `owner` as the one controller of an object, and holds up its foreground deletion.
    package static func controller(_ owner: some APIObject) -> OwnerReference {
        var reference = OwnerReference()
        reference.apiVersion = type(of: owner).gvk.groupVersion.description
        reference.kind = type(of: owner).gvk.kind
        reference.name = owner.metadata.name
        reference.uid = owner.metadata.uid
        reference.controller = true
        reference.blockOwnerDeletion = true
        return reference
    }
}

extension ObjectMeta {
    /// The owner that manages the object, if there is one.
    package var controllerReference: OwnerReference? { ownerReferences.first { $0.controller == true } }

    package func isControlled(by uid: String) -> Bool { controllerReference?.uid == uid }

    package var isBeingDeleted: Bool { deletionTimestamp != nil }
}
