internal import APIMachinery
internal import APIRegistry

/// The tables of leases, certificate requests and API services.
enum ClusterTables {
    static let lease: [TableColumn] = [
        .name, .text("Holder", "Who has the lease.") { $0.text("spec", "holderIdentity") }, .age,
    ]

    static let certificateRequest: [TableColumn] = [
        .name, .age,
        .text("SignerName", "Who is asked to sign.") { $0.text("spec", "signerName").orNone },
        .text("Requestor", "Who asks.") { $0.text("spec", "username") },
        .text("RequestedDuration", "For how long the certificate should hold.") { request in
            request[path: "spec", "expirationSeconds"]?.integerValue
                .map { HumanDuration.short(.seconds($0)) } ?? "<none>"
        },
        .text("Condition", "What was decided and done.", cell: condition),
    ]

    private static func condition(_ request: Value) -> String {
        var text =
            if request.condition("Denied") != nil { "Denied" } else if request.condition("Approved") != nil {
                "Approved"
            } else { "Pending" }
        if request.condition("Failed") != nil { text += ",Failed" }
        if !request.text("status", "certificate").isEmpty { text += ",Issued" }
        return text
    }

    static let apiService: [TableColumn] = [
        .name,
        .text("Service", "Who answers for the group and version.") { api in
            guard let service = api[path: "spec", "service"], !service.isNull else { return "Local" }
            return "\(service.text("namespace"))/\(service.text("name"))"
        },
        .text("Available", "Whether requests are answered.") { api in
            guard let available = api.condition("Available") else { return "Unknown" }
            let status = available.text("status")
            let reason = available.text("reason")
            return status == "True" || reason.isEmpty ? status : "\(status) (\(reason))"
        },
        .age,
    ]
}
