internal import APIClient
internal import APIMachinery
internal import APITypes
internal import ControllerRuntime

/// Fills cluster roles that are made of others: `admin`, `edit`, `view` and whatever else has an aggregation rule.
struct RoleAggregationController: Reconciler {
    let context: ControllerContext
    let roles: Informer<ClusterRole>

    static func make(_ context: ControllerContext) -> Controller {
        let queue = context.queue()
        let roles = context.informers.informer(ClusterRole.self)
        roles.addHandler { _ in
            for role in roles.list() where role.aggregationRule != nil { queue.add(ObjectKey(role)) }
        }
        return Controller(
            name: "clusterrole-aggregation", reconciler: RoleAggregationController(context: context, roles: roles),
            queue: queue, logger: context.logger)
    }

    func reconcile(_ key: ObjectKey) async throws -> ReconcileResult {
        await roles.waitForSync()
        guard let role = roles.get(key), role.aggregationRule != nil, !role.metadata.isBeingDeleted else { return .done }
        let rules = RoleAggregationPlan.rules(of: role, among: roles.list())
        guard rules != role.rules else { return .done }
        let patch = Patch.merge([
            "metadata": ["resourceVersion": .string(role.metadata.resourceVersion)],
            "rules": .array(rules.map(\.value)),
        ])
        let written = try await context.client.patch(ClusterRole.self, key.name, patch)
        await roles.catchUp(to: written.metadata.resourceVersion)
        return .done
    }
}
