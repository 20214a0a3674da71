internal import APIClient
internal import APIMachinery
internal import APIRules
internal import APITypes
internal import ControllerRuntime
internal import Determinism

/// Says of ServiceCIDRs that they are ready, and keeps those that are being deleted until no address needs them.
///
/// **Guarantees.** A ServiceCIDR goes no sooner than its deletion has reached every API server, and not while a Service
/// has an address that no other has.
struct ServiceCIDRController: Reconciler {
    let context: ControllerContext
    let blocks: Informer<ServiceCIDR>
    let addresses: Informer<NetworkingIPAddress>

    static func make(_ context: ControllerContext) -> Controller {
        let queue = context.queue()
        let blocks = context.informers.informer(ServiceCIDR.self)
        let addresses = context.informers.informer(NetworkingIPAddress.self)
        blocks.addHandler { event in
            queue.add(ObjectKey(event.object))
            if case .updated = event { return }
            for other in blocks.list() where ServiceCIDRPlan.overlap(event.object, other) {
                queue.add(ObjectKey(other))
            }
        }
        addresses.addHandler { event in
            if case .updated = event { return }
            guard let address = Self.given(event.object) else { return }
            for block in blocks.list() where block.metadata.isBeingDeleted {
                let isConcerned = ServiceCIDRPlan.blocks(of: block).contains { ServiceBlock.offers($0, address) }
                if isConcerned { queue.add(ObjectKey(block)) }
            }
        }
        return Controller(
            name: "service-cidr",
            reconciler: ServiceCIDRController(context: context, blocks: blocks, addresses: addresses), queue: queue,
            logger: context.logger)
    }

    func reconcile(_ key: ObjectKey) async throws -> ReconcileResult {
        await addresses.waitForSync()
        await blocks.waitForSync()
        guard var block = blocks.get(key) else { return .done }
        let plan = ServiceCIDRPlan.decide(
            block, all: blocks.list(), addresses: { addresses.list().compactMap(Self.given) }, now: context.time.now)
        switch plan {
        case .keep: break
        case .wait(let pause): return .requeue(after: pause)
        case .protect:
            block.metadata.finalizers.append(ServiceBlock.finalizer)
            try await write(block)
        case .release:
            block.metadata.finalizers.removeAll { $0 == ServiceBlock.finalizer }
            try await write(block)
        case .write(let condition):
            block.status.conditions.removeAll { $0.type == condition.type }
            block.status.conditions.append(condition)
            try await blocks.writeStatus(of: block, by: context.client)
        }
        return .done
    }

    /// What an API server gave to a Service.
    private static func given(_ address: NetworkingIPAddress) -> IPAddress? {
        guard address.metadata.labels[ServiceBlock.managerLabel] == ServiceBlock.manager else { return nil }
        return IPAddress(address.metadata.name)
    }

    private func write(_ block: ServiceCIDR) async throws(StatusError) {
        do throws(StatusError) {
            _ = try await context.client.update(block)
        } catch where error.reason == .notFound {}
    }
}
