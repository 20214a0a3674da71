internal import APIClient
internal import APIMachinery
internal import APITypes
internal import ControllerRuntime

/// Keeps the ControllerRevisions of an owner as ``RevisionPlan`` wants them.
struct RevisionHistory: Sendable {
    /// The template's hash belongs to something else already; the owner counts the collision and tries again.
    struct Collision: Error {}

    let claims: Claims<ControllerRevision>
    private let client: APIClient

    init(_ context: ControllerContext) {
        claims = Claims(context)
        client = context.client
    }

    /// The revision of the owner's template, made where it is new.
    func follow(_ plan: RevisionPlan) async throws -> ControllerRevision {
        let revisions = claims.informer
        let current: ControllerRevision
        switch plan.step {
        case .keep(let revision):
            current = revision
        case .renumber(let revision):
            current = try await client.update(revision)
            await revisions.catchUp(to: current.metadata.resourceVersion)
        case .create(let revision):
            current = try await create(revision)
        }
        for old in plan.expired {
            do {
                try await client.delete(
                    ControllerRevision.self, old.metadata.name, namespace: old.metadata.namespace,
                    options: DeletionOptions(uid: old.metadata.uid))
            } catch {
                guard error.reason == .notFound else { throw error }
                continue
            }
            await revisions.catchUp(deletionOf: ObjectKey(old), uid: old.metadata.uid)
        }
        return current
    }

    private func create(_ revision: ControllerRevision) async throws -> ControllerRevision {
        if let created = try await createIfAbsent(revision) { return created }
        let present = try await client.get(
            ControllerRevision.self, revision.metadata.name, namespace: revision.metadata.namespace)
        let owner = revision.metadata.controllerReference?.uid ?? ""
        let isOurs = present.metadata.isControlled(by: owner)
        if !isOurs || present.data != revision.data { throw Collision() }
        return present
    }

    /// `nil` when the name is taken.
    private func createIfAbsent(
        _ revision: ControllerRevision
    ) async throws(StatusError) -> ControllerRevision? {
        do throws(StatusError) {
            let created = try await client.create(revision)
            await claims.informer.catchUp(to: created.metadata.resourceVersion)
            return created
        } catch where error.reason == .alreadyExists {
            return nil
        }
    }
}
