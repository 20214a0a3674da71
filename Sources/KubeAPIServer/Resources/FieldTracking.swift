package import APIMachinery
internal import APIPatch
internal import Determinism

/// Who is writing, and what the write makes of `managedFields`.
package struct FieldTracking: Sendable {
    private let manager: FieldManager
    /// Where versions differ by more than their name.
    private let rounds: ConversionRounds?
    private let resource: ServedResource
    private let writer: String
    private let now: Timestamp

    init(_ call: ResourceCall, now: Timestamp) {
        self.now = now
        resource = call.resource
        writer = Self.writer(call.request)
        let rounds = call.resource.webhook.map(ConversionRounds.init)
        self.rounds = rounds
        var manager = FieldManager(
            kind: call.resource.info.groupVersionKind, schema: call.resource.schema,
            subresource: call.info.subresource, filter: Self.filter(call),
            outlines: call.info.subresource.isEmpty ? call.resource.outlines : nil)
        if let rounds { manager.convert = { rounds.convert($0, $1) } }
        self.manager = manager
    }

    /// The manager the client names, or what comes before the slash of its user agent.
    private static func writer(_ request: ServerRequest) -> String {
        if let manager = request.query["fieldManager"], !manager.isEmpty { return manager }
        let agent = request.headers["user-agent"] ?? ""
        return String(agent.prefix { $0 != "/" }.prefix(128))
    }

    /// The main resource resets the status, the status subresource everything else.
    private static func filter(_ call: ResourceCall) -> FieldManager.OwnershipFilter {
        switch call.info.subresource {
        case "" where call.resource.subresource("status") != nil: .except(resetByMain)
        case "status": .except(resetByStatus)
        case _: .everything
        }
    }

    private static let resetByMain = FieldSet(names: [["status"]])
    private static let resetByStatus =
        FieldSet(names: [["spec"], ["metadata", "labels"], ["metadata", "deletionTimestamp"]])

    func track(_ old: Value?, _ new: inout Value) async throws(StatusError) {
        let live = try old.map { (value) throws(StatusError) in try resource.served(value) } ?? .emptyObject
        let sent = try resource.served(new)
        let tracked: Value
        do throws(StatusError) {
            tracked = try await settled { manager.update(live: live, new: sent, manager: writer, now: now) }
        } catch {
            // Who owns what is not worth a failed write: the owners stay as they were.
            new[path: "metadata", "managedFields"] = live[path: "metadata", "managedFields"]
            return
        }
        // A write that changes nothing but these times is not worth storing.
        let settled = ManagedEntries.keepingTimes(of: live, in: tracked)
        new[path: "metadata", "managedFields"] = settled[path: "metadata", "managedFields"]
    }

    /// Takes owners back that admission has left unreadable.
    package static func restore(_ owners: Value?, in object: inout Value, _ warnings: WarningCollector) {
        let left = object[path: "metadata", "managedFields"]
        guard left != owners else { return }
        do { _ = try ManagedEntries.decode(left) } catch {
            object[path: "metadata", "managedFields"] = owners
            warnings.add(
                ".metadata.managedFields was in an invalid state after admission; this could be caused by an outdated "
                    + "mutating admission controller; please fix your requests: \(error.message)")
        }
    }

    func apply(_ config: Value, to live: Value?, force: Bool) async throws(StatusError) -> Value {
        let nothing = Value.emptyObject.renamed(to: resource.info.groupVersionKind)
        return try await settled { () throws(StatusError) in
            do throws(PatchError) {
                return try manager.apply(
                    live: live ?? nothing, applied: config, manager: writer, force: force, now: now)
            } catch {
                throw error.statusError
            }
        }
    }

    private func settled(_ compute: () throws(StatusError) -> Value) async throws(StatusError) -> Value {
        guard let rounds else { return try compute() }
        return try await rounds.run(compute)
    }
}
