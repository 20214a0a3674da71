internal import APIMachinery

/// No Service takes addresses that are not the cluster's; those that have some keep them.
struct DenyServiceExternalIPs: AdmissionPlugin {
    var name: String { "DenyServiceExternalIPs" }

    func handles(_ request: AdmissionRequest) -> Bool {
        (request.operation == .create || request.operation == .update) && request.concerns("services")
    }

    func validate(_ request: AdmissionRequest) async throws(StatusError) {
        let before = Self.addresses(request.oldObject)
        guard Self.addresses(request.object).isSubset(of: before) else {
            throw request.forbidden("Use of external IPs is denied by admission control")
        }
    }

    private static func addresses(_ service: Value?) -> Set<String> {
        Set((service?[path: "spec", "externalIPs"]?.arrayValue ?? []).compactMap(\.stringValue))
    }
}
