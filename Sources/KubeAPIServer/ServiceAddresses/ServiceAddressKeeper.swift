internal import APIMachinery
internal import APIRegistry
internal import Determinism
internal import Logging
internal import Synchronization

/// Keeps IPAddress objects and the addresses of Services one to one: gives back what Services let go of, and sets right
/// what got lost.
///
/// Several API servers may do the same at once: a deletion names the object that was looked at, and who comes second
/// finds nothing to do.
final class ServiceAddressKeeper: Sendable {
    /// A thing to look at. There are never more of them than objects.
    private enum Errand: Hashable {
        /// Whether an address of the Service is noted.
        case service(String, IPAddress)
        /// Whether the address still has a Service; with the UID of the object of which a Service let go.
        case address(String, released: String?)
    }

    private struct Errands {
        var now: Set<Errand> = []
        var later: [Errand: Duration] = [:]
    }

    private let allocation: ServiceAllocation
    private let objects: ObjectLookup
    private let time: any Timekeeper
    private let random: any RandomSource
    private let logger: Logger
    private let errands = Mutex(Errands())
    private let news: AsyncStream<Void>
    private let tell: AsyncStream<Void>.Continuation

    init(
        allocation: ServiceAllocation, objects: ObjectLookup, time: any Timekeeper, random: any RandomSource,
        logger: Logger
    ) {
        self.allocation = allocation
        self.objects = objects
        self.time = time
        self.random = random
        self.logger = logger
        (news, tell) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    // MARK: What is seen

    /// Takes over a stored Service, or that it is gone.
    func follow(service: Value, isGone: Bool) {
        let (taken, released) = allocation.follow(service, isGone: isGone)
        let key = ServiceAllocation.key(of: service)
        add(taken.map { .service(key, $0) } + released.map { .address($0.key.description, released: $0.value) })
    }

    func follow(address object: Value, isGone: Bool) {
        let holder = allocation.follow(address: object, isGone: isGone)
        if !isGone { return add([.address(object.objectName, released: nil)]) }
        guard let holder, let address = IPAddress(object.objectName) else { return }
        add([.service(holder, address)])
    }

    private func add(_ more: [Errand]) {
        guard !more.isEmpty else { return }
        errands.withLock { $0.now.formUnion(more) }
        tell.yield()
    }

    /// Takes up what was put off until now.
    func lookAgain() {
        let now = time.uptime
        let due = errands.withLock { errands in
            let due = errands.later.filter { $0.value <= now }.map(\.key)
            for errand in due { errands.later[errand] = nil }
            return due
        }
        add(due)
    }

    // MARK: What is done

    /// Until cancelled.
    func run() async {
        for await _ in news {
            let due = errands.withLock { errands in
                defer { errands.now = [] }
                return errands.now
            }
            for errand in due {
                do throws(StatusError) { try await look(errand) } catch {
                    logger.warning("an address of a Service could not be looked after", metadata: ["error": "\(error)"])
                    putOff(errand, by: AddressRepairPlan.grace)
                }
            }
        }
    }

    private func putOff(_ errand: Errand, by pause: Duration) {
        let due = time.uptime + pause
        errands.withLock { $0.later[errand] = due }
    }

    private func look(_ errand: Errand) async throws(StatusError) {
        let store = try objects.store("ipaddresses", group: ServiceAddress.group)
        switch errand {
        case .service(let key, let address):
            guard try addresses(of: key)?.contains(address) == true else { return }
            var object: ServiceAddress?
            var isHeldByItsOwn = false
            if let present = store.cache.get(address.description) {
                let read = ServiceAddress(try present.value())
                object = read
                if let other = read.service { isHeldByItsOwn = try addresses(of: other)?.contains(address) == true }
            }
            let step = AddressRepairPlan.decide(
                address, of: key, object: object, isKnown: allocation.knows(address), isHeld: isHeldByItsOwn)
            try await act(step, on: address.description, of: key, store)
        case .address(let name, let released):
            guard let object = store.cache.get(name) else { return }
            let address = ServiceAddress(try object.value())
            var held: [IPAddress]?
            if let service = address.service { held = try addresses(of: service) }
            let step = AddressRepairPlan.decide(
                address, wasReleased: address.uid == released, now: time.now, held: held)
            if case .lookAgain(let pause) = step { return putOff(errand, by: pause) }
            try await act(step, on: name, of: address.service ?? "", store)
        }
    }

    private func act(
        _ step: AddressRepairPlan.Step, on name: String, of service: String, _ store: ResourceStore
    ) async throws(StatusError) {
        switch step {
        case .keep, .lookAgain: return
        case .report(let why):
            logger.error(
                "a Service's address is wrong",
                metadata: ["service": "\(service)", "address": "\(name)", "why": "\(why)"])
        case .create(let address): try await create(address, for: service, store)
        case .delete(let uid): try await delete(name, uid, store)
        case .replace(let address, let uid):
            try await delete(name, uid, store)
            try await create(address, for: service, store)
        }
    }

    private func create(_ address: IPAddress, for service: String, _ store: ResourceStore) async throws(StatusError) {
        logger.info("a Service's address is noted", metadata: ["service": "\(service)", "address": "\(address)"])
        let names = service.split(separator: "/", maxSplits: 1).map(String.init)
        let object = ServiceAddress.object(address, namespace: names.first ?? "", service: names.last ?? "")
        do throws(StatusError) {
            _ = try await store.create(object, namespace: "", context: WriteContext(time: time, random: random))
        } catch where error.reason == .alreadyExists {}
    }

    private func delete(_ name: String, _ uid: String, _ store: ResourceStore) async throws(StatusError) {
        let context = WriteContext(time: time, random: random)
        do throws(StatusError) {
            _ = try await store.delete(name, namespace: "", request: DeletionRequest(uid: uid), context: context)
        } catch where error.reason == .notFound || error.reason == .conflict {}
    }

    /// `nil`: there is no such Service.
    private func addresses(of key: String) throws(StatusError) -> [IPAddress]? {
        guard let service = try objects.store("services").cache.get(key) else { return nil }
        return ServiceAddress.addresses(of: try service.value())
    }
}
