package import APIMachinery
internal import KeyValueStore
package import Determinism

extension ResourceStore {
    package enum Deletion: Sendable {
        /// The object is gone; this is how it was last.
        case gone(Value)
        /// The object stays until its finalizers have gone or its grace period is over.
        case marked(CachedObject)
        case unstored(Value)
    }

    /// Deletes an object, or marks it when finalizers or a grace period keep it for now.
    package func delete(
        _ name: String, namespace: String, request: DeletionRequest, context: WriteContext
    ) async throws(StatusError) -> Deletion {
        let key = key(namespace: namespace, name: name)
        for attempt in 1... {
            let current = try get(name, namespace: namespace)
            let old = try await value(of: current)
            try check(request, against: old, current)
            try await context.review(nil, old)
            var plan = DeletionPlan.decide(
                old, request: request, grace: definition.strategy.gracePeriod(of: old, requested: request.gracePeriodSeconds),
                isHeld: definition.strategy.isHeld(old), now: context.time.now,
                countsGenerations: definition.countsGenerations)
            if case .mark(var object) = plan {
                definition.strategy.prepareForDeletion(&object)
                plan = object == old ? .leave : .mark(object)
            }
            var toStore = old
            if case .mark(let object) = plan, !context.isDryRun { toStore = try await stored(object) }
            do throws(StoreError) {
                switch plan {
                case .leave:
                    return .marked(current)
                case .mark(let object):
                    if context.isDryRun { return .unstored(object) }
                    return .marked(try await state.update(toStore, key: key, ifAt: current.revision, in: cache))
                case .remove:
                    if context.isDryRun { return .unstored(old) }
                    _ = try await state.delete(key, ifAt: current.revision, in: cache)
                    return .gone(old)
                }
            } catch where error.code == .revisionConflict && attempt < Self.conflictRetriesMax {
                continue
            } catch {
                throw StatusError(error, while: "delete", resource, name)
            }
        }
        throw .internalError("unreachable: endless loop ended")
    }

    private func check(
        _ request: DeletionRequest, against old: Value, _ current: CachedObject
    ) throws(StatusError) {
        let name = String(current.name)
        let uid = old[path: "metadata", "uid"]?.stringValue ?? ""
        if let wanted = request.uid, wanted != uid {
            throw .conflict(
                resource, name,
                "Precondition failed: UID in precondition: \(wanted), UID in object meta: \(uid)")
        }
        if let wanted = request.resourceVersion, wanted != String(current.revision) {
            throw .conflict(
                resource, name,
                "Precondition failed: ResourceVersion in precondition: \(wanted), ResourceVersion in object meta: "
                    + "\(current.revision)")
        }
    }
}

/// What a deletion does to an object.
package enum DeletionPlan: Equatable {
    case remove
    case mark(Value)
    case leave

    package static let orphanFinalizer = "orphan"
    package static let foregroundFinalizer = "foregroundDeletion"

    /// `grace`: `nil` when the resource knows no grace period.
    package static func decide(
        _ object: Value, request: DeletionRequest, grace: Int64?, isHeld: Bool = false, now: Timestamp,
        countsGenerations: Bool
    ) -> DeletionPlan {
        let present = (object[path: "metadata", "finalizers"]?.arrayValue ?? []).compactMap(\.stringValue)
        let finalizers = finalizers(present, for: request.propagationPolicy)
        let isMarked = object[path: "metadata", "deletionTimestamp"] != nil
        let remaining = object[path: "metadata", "deletionGracePeriodSeconds"]?.integerValue ?? 0
        let grace = grace ?? 0
        if finalizers.isEmpty, grace == 0, !isHeld { return .remove }

        var marked = object
        marked[path: "metadata", "finalizers"] = finalizers.isEmpty ? nil : .array(finalizers.map(Value.string))
        // A second deletion may only shorten the time that is left.
        if !isMarked || (grace < remaining && request.gracePeriodSeconds != nil) {
            let start = isMarked ? deletionStart(of: object) ?? now : now
            let end = (isMarked ? max(now, start) : now) + .seconds(grace)
            marked[path: "metadata", "deletionTimestamp"] = .string(end.rfc3339)
            marked[path: "metadata", "deletionGracePeriodSeconds"] = .integer(grace)
            if !isMarked, countsGenerations || object[path: "metadata", "generation"] != nil {
                let generation = object[path: "metadata", "generation"]?.integerValue ?? 0
                marked[path: "metadata", "generation"] = .integer(generation + 1)
            }
        }
        return .mark(marked)
    }

    private static func deletionStart(of object: Value) -> Timestamp? {
        guard let text = object[path: "metadata", "deletionTimestamp"]?.stringValue,
            let end = Timestamp(rfc3339: text)
        else { return nil }
        return end - .seconds(object[path: "metadata", "deletionGracePeriodSeconds"]?.integerValue ?? 0)
    }

    private static func finalizers(_ present: [String], for policy: String?) -> [String] {
        var finalizers = present
        switch policy {
        case "Orphan":
            finalizers.removeAll { $0 == foregroundFinalizer }
            if !finalizers.contains(orphanFinalizer) { finalizers.append(orphanFinalizer) }
        case "Foreground":
            finalizers.removeAll { $0 == orphanFinalizer }
            if !finalizers.contains(foregroundFinalizer) { finalizers.append(foregroundFinalizer) }
        case "Background":
            finalizers.removeAll { $0 == orphanFinalizer || $0 == foregroundFinalizer }
        case _:
            break
        }
        return finalizers
    }
}
