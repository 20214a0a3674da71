internal import APIMachinery
internal import APIRegistry
internal import APIRules
internal import Determinism

/// ResourceQuotas: charges every quota of the namespace for a new object before it is stored.
///
/// The charge is an update of the quota's status at the version that was looked at, so that two
/// requests cannot spend the same remainder. What is charged for a request that fails afterwards, and
/// what a deletion frees, the quota controller sets right.
struct ResourceQuotaAdmission: AdmissionPlugin {
    let objects: ObjectLookup
    let time: any Timekeeper
    let random: any RandomSource

    var name: String { "ResourceQuota" }

    func handles(_ request: AdmissionRequest) -> Bool {
        guard !request.namespace.isEmpty, request.subresource.isEmpty else { return false }
        switch request.operation {
        case .create: return true
        case .update: return QuotaUsage.changesOnUpdate(request.resource.groupResource)
        case .delete, .connect: return false
        }
    }

    func validate(_ request: AdmissionRequest) async throws(StatusError) {
        guard let object = request.object else { return }
        let store = try objects.store("resourcequotas")
        let resource = request.resource.groupResource
        let quotas = try objects.list("resourcequotas", namespace: request.namespace)
        // All are asked before any is charged.
        var concerned: [String] = []
        for quota in quotas {
            switch QuotaPlan.decide(quota: quota, object: object, old: request.oldObject, resource: resource) {
            case .unconcerned: continue
            case .refuse(let why): throw request.forbidden(why)
            case .charge: concerned.append(quota.objectName)
            }
        }
        let old = request.oldObject
        for name in concerned {
            let context = WriteContext(time: time, random: random, isDryRun: request.isDryRun)
            do throws(StatusError) {
                _ = try await store.update(
                    name, namespace: request.namespace, scope: .status, context: context
                ) { (quota) throws(StatusError) in
                    switch QuotaPlan.decide(quota: quota, object: object, old: old, resource: resource) {
                    case .unconcerned: return quota
                    case .refuse(let why): throw request.forbidden(why)
                    case .charge(let delta):
                        var charged = QuotaPlan.charged(quota, delta)
                        // The store repeats the update when somebody else was faster.
                        charged[path: "metadata", "resourceVersion"] = nil
                        return charged
                    }
                }
            } catch where error.reason == .notFound {
                // A quota that is gone limits nothing.
            }
        }
    }
}
