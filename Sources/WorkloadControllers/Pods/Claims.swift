internal import APIClient
internal import APIMachinery
internal import APITypes
internal import ControllerRuntime

/// The objects of one kind that owners claim: an informer with the indexes that claiming needs.
struct Claims<T: APIObject>: Sendable {
    private static var byOwner: String { "controller" }
    private static var orphans: String { "orphans" }

    let informer: Informer<T>
    private let client: APIClient

    init(_ context: ControllerContext) {
        informer = context.informers.informer(T.self)
        client = context.client
        informer.addIndex(Self.byOwner) { [$0.metadata.controllerReference?.uid].compactMap { $0 } }
        informer.addIndex(Self.orphans) { object in
            object.metadata.controllerReference == nil ? [object.metadata.namespace] : []
        }
    }

    /// What the owner has, without adopting or releasing anything.
    func owned(by uid: String) -> [T] { informer.list(index: Self.byOwner, uid) }

    /// All that the owner has after adopting and releasing; `isWanted` passes over candidates that are no use.
    func claim<Owner: APIObject>(
        for owner: Owner, selector: Selector, where isWanted: (T) -> Bool = { _ in true }
    ) async throws(StatusError) -> [T] {
        let candidates =
            informer.list(index: Self.byOwner, owner.metadata.uid)
            + informer.list(index: Self.orphans, owner.metadata.namespace)
        let plan = ClaimPlan.decide(
            candidates: candidates.filter(isWanted), owner: owner.metadata, selector: selector)
        for object in plan.release { _ = try await set(without(owner, object), on: object) }
        guard !plan.adopt.isEmpty, try await mayAdopt(owner) else { return plan.owned }
        var claimed = plan.owned
        for object in plan.adopt {
            let references = object.metadata.ownerReferences + [.controller(owner)]
            if let adopted = try await set(references, on: object) { claimed.append(adopted) }
        }
        return claimed
    }

    /// The cache may not know yet that the owner has gone; what adopts for ever must ask the server itself.
    private func mayAdopt<Owner: APIObject>(_ owner: Owner) async throws(StatusError) -> Bool {
        let fresh = try await client.getIfPresent(
            Owner.self, owner.metadata.name, namespace: owner.metadata.namespace)
        guard let fresh, fresh.metadata.uid == owner.metadata.uid else { return false }
        return !fresh.metadata.isBeingDeleted
    }

    private func without(_ owner: some APIObject, _ object: T) -> [OwnerReference] {
        object.metadata.ownerReferences.filter { $0.uid != owner.metadata.uid }
    }

    /// `nil` when the object has gone meanwhile.
    private func set(_ references: [OwnerReference], on object: T) async throws(StatusError) -> T? {
        let patch = Patch.merge([
            "metadata": [
                "uid": .string(object.metadata.uid), "resourceVersion": .string(object.metadata.resourceVersion),
                "ownerReferences": .array(references.map(\.value)),
            ]
        ])
        do throws(StatusError) {
            let written = try await client.patch(
                T.self, object.metadata.name, namespace: object.metadata.namespace, patch)
            await informer.catchUp(to: written.metadata.resourceVersion)
            return written
        } catch where error.reason == .notFound {
            return nil
        }
    }

    /// Calls with the owner's name whenever something of an owner of this kind changes, and with the object itself
    /// when it has no owner and one may want it.
    func onChange(
        ownerKind: GroupVersionKind, owner: @escaping @Sendable (ObjectKey) -> Void,
        orphan: @escaping @Sendable (T) -> Void
    ) {
        informer.addHandler { event in
            var owners: [OwnerReference?] = [event.object.metadata.controllerReference]
            if case .updated(let old, let new) = event,
                old.metadata.controllerReference != new.metadata.controllerReference
            {
                owners.append(old.metadata.controllerReference)
            }
            for case let reference? in owners where Self.names(reference, ownerKind) {
                owner(ObjectKey(namespace: event.object.metadata.namespace, name: reference.name))
            }
            if event.object.metadata.controllerReference == nil, !event.object.metadata.isBeingDeleted {
                orphan(event.object)
            }
        }
    }

    private static func names(_ reference: OwnerReference, _ kind: GroupVersionKind) -> Bool {
        reference.kind == kind.kind && GroupVersion(reference.apiVersion).group == kind.group
    }
}
