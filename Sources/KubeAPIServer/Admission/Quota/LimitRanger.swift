internal import APIMachinery
internal import APIRules

/// LimitRanges: defaults for containers, and bounds for pods and claims.
struct LimitRanger: AdmissionPlugin {
    let objects: ObjectLookup

    var name: String { "LimitRanger" }

    func handles(_ request: AdmissionRequest) -> Bool {
        switch request.operation {
        case .create: request.concerns("pods") || request.concerns("persistentvolumeclaims")
        case .update: request.concerns("persistentvolumeclaims")
        case .delete, .connect: false
        }
    }

    func admit(_ request: inout AdmissionRequest) async throws(StatusError) {
        guard request.concerns("pods") else { return }
        let ranges = try objects.list("limitranges", namespace: request.namespace)
        guard !ranges.isEmpty else { return }
        request.object?.modifyFields { LimitRangePlan.setDefaults(&$0, ranges: ranges) }
    }

    func validate(_ request: AdmissionRequest) async throws(StatusError) {
        guard let object = request.object else { return }
        for range in try objects.list("limitranges", namespace: request.namespace) {
            let violations =
                request.concerns("pods")
                ? LimitRangePlan.violations(pod: object, range: range)
                : LimitRangePlan.violations(claim: object, range: range)
            if !violations.isEmpty { throw request.forbidden(violations) }
        }
    }
}
