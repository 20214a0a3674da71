internal import APIMachinery
internal import APIRegistry
internal import Determinism

/// Nothing is written in a namespace that is not there.
struct NamespaceExists: AdmissionPlugin {
    let objects: ObjectLookup

    var name: String { "NamespaceExists" }

    func handles(_ request: AdmissionRequest) -> Bool {
        !request.namespace.isEmpty && request.resource.resource != "namespaces" && request.operation != .connect
    }

    func validate(_ request: AdmissionRequest) async throws(StatusError) {
        _ = try objects.policy("namespaces", request.namespace)
    }
}

/// A namespace is made by whoever first makes something in it.
struct NamespaceAutoProvision: AdmissionPlugin {
    let objects: ObjectLookup
    let time: any Timekeeper
    let random: any RandomSource

    var name: String { "NamespaceAutoProvision" }

    func handles(_ request: AdmissionRequest) -> Bool {
        request.operation == .create && !request.namespace.isEmpty && !request.isDryRun
            && request.resource.resource != "namespaces"
    }

    func admit(_ request: inout AdmissionRequest) async throws(StatusError) {
        guard try objects.find("namespaces", request.namespace) == nil else { return }
        let namespace: Value = [
            "apiVersion": "v1", "kind": "Namespace", "metadata": ["name": .string(request.namespace)],
        ]
        do throws(StatusError) {
            _ = try await objects.store("namespaces").create(
                namespace, namespace: "", context: WriteContext(time: time, random: random))
        } catch where error.reason == .alreadyExists {
        } catch { throw request.forbidden(error.message) }
    }
}
