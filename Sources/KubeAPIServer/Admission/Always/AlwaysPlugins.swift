internal import APIMachinery

/// Refuses every write; for tests, and deprecated upstream as ``AlwaysAdmit`` is.
struct AlwaysDeny: AdmissionPlugin {
    var name: String { "AlwaysDeny" }

    func handles(_ request: AdmissionRequest) -> Bool { true }

    func admit(_ request: inout AdmissionRequest) async throws(StatusError) { try await validate(request) }

    func validate(_ request: AdmissionRequest) async throws(StatusError) {
        throw request.forbidden("admission control is denying all modifications")
    }
}

/// Has nothing against anything.
struct AlwaysAdmit: AdmissionPlugin {
    var name: String { "AlwaysAdmit" }

    func handles(_ request: AdmissionRequest) -> Bool { false }
}
