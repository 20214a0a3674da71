internal import APIMachinery
internal import APIRegistry
internal import APIRules
internal import Determinism

/// Notes whose a Service's new address is, in an IPAddress object, before the Service is stored: that decides between
/// several API servers.
///
/// It comes last, when nothing else refuses the Service. Should the write fail even so, ``ServiceAddressKeeper`` takes
/// the address back; until then the Service may have it when it is tried again.
struct ServiceAddressClaim: AdmissionPlugin {
    let allocation: ServiceAllocation
    let objects: ObjectLookup
    let time: any Timekeeper
    let random: any RandomSource

    var name: String { "ServiceAddressClaim" }

    func handles(_ request: AdmissionRequest) -> Bool { allocation.handles(request) && !request.isDryRun }

    func validate(_ request: AdmissionRequest) async throws(StatusError) {
        let key = "\(request.namespace)/\(request.name)"
        // What is there already will be refused by the store.
        if request.oldObject == nil, try objects.store("services").cache.get(key) != nil { return }
        let had = ServiceAddress.addresses(of: request.oldObject)
        for address in ServiceAddress.addresses(of: request.object) where !had.contains(address) {
            try await claim(address, request)
        }
    }

    private func claim(_ address: IPAddress, _ request: AdmissionRequest) async throws(StatusError) {
        let store = try objects.store("ipaddresses", group: ServiceAddress.group)
        if try await note(address, request, store) { return }
        var isFree = false
        if let present = store.cache.get(address.description) {
            let read = ServiceAddress(try present.value())
            guard read.service == "\(request.namespace)/\(request.name)" else { throw refusal(address, request) }
            // Left over from an attempt or from a Service of the same name: a new object, since that one is to go.
            isFree = try await forget(read, store)
        }
        guard isFree, try await note(address, request, store) else { throw refusal(address, request) }
    }

    /// Whether nobody had the address.
    private func note(
        _ address: IPAddress, _ request: AdmissionRequest, _ store: ResourceStore
    ) async throws(StatusError) -> Bool {
        let object = ServiceAddress.object(address, namespace: request.namespace, service: request.name)
        do throws(StatusError) {
            _ = try await store.create(object, namespace: "", context: WriteContext(time: time, random: random))
            return true
        } catch where error.reason == .alreadyExists { return false }
    }

    private func forget(_ old: ServiceAddress, _ store: ResourceStore) async throws(StatusError) -> Bool {
        do throws(StatusError) {
            _ = try await store.delete(
                old.address, namespace: "", request: DeletionRequest(uid: old.uid),
                context: WriteContext(time: time, random: random))
            return true
        } catch {
            if error.reason == .notFound { return true }
            guard error.reason == .conflict else { throw error }
            return false
        }
    }

    private func refusal(_ address: IPAddress, _ request: AdmissionRequest) -> StatusError {
        guard allocation.wasChosen(address) else {
            return .invalid(request.kind, request.name, [ServiceAllocation.taken(address)])
        }
        // Another server was faster with the same random number; the client tries again by itself.
        let verb = request.operation == .create ? "create" : "update"
        return .serverTimeout(request.resource.groupResource, verb, retryAfter: 1)
    }
}
