internal import APIMachinery
internal import APIRules
internal import Determinism
internal import Synchronization

/// Gives services their addresses and node ports, each to one service only.
///
/// Not one of upstream's plugins: there the registry allocates, after admission and before validation,
/// which is the last place of the mutating pass. That an address is nobody else's is certain once
/// ``ServiceAddressClaim`` has noted it; two API servers on one store could give out the same node port within the
/// same moment.
final class ServiceAllocation: AdmissionPlugin {
    private static let kind = GroupVersionKind(group: "", version: "v1", kind: "Service")

    private let nodePorts: ClosedRange<Int>
    private let time: any Timekeeper
    private let random: any RandomSource
    private let numbers = Mutex(ServiceNumbers())
    private let blocks = Mutex(ServiceBlocks())

    init(nodePorts: ClosedRange<Int>, time: any Timekeeper, random: any RandomSource) {
        self.nodePorts = nodePorts
        self.time = time
        self.random = random
    }

    var name: String { "ServiceAllocation" }
    var isReinvocable: Bool { false }

    // MARK: What is stored

    /// Takes over a stored service, or that it is gone.
    func follow(_ service: Value, isGone: Bool) -> ServiceNumbers.News {
        let key = Self.key(of: service)
        return numbers.withLock { $0.put(isGone ? [] : ServiceNumbers.of(service), of: key) }
    }

    /// Takes over a stored IPAddress, or that it is gone; the service that has the address.
    func follow(address object: Value, isGone: Bool) -> String? {
        guard let address = IPAddress(object.objectName) else { return nil }
        let read = ServiceAddress(object)
        let note = ServiceNumbers.Note(holder: read.service ?? "", uid: read.uid)
        return numbers.withLock { $0.note(address, isGone ? nil : note) }
    }

    func follow(block: Value, isGone: Bool) { blocks.withLock { $0.put(block, isGone: isGone) } }

    /// Whether any ServiceCIDR has the address.
    func knows(_ address: IPAddress) -> Bool { blocks.withLock { $0.knows(address) } }

    /// Whether the address was chosen here, for a service that is under way.
    func wasChosen(_ address: IPAddress) -> Bool { numbers.withLock { $0.wasChosen(.address(address)) } }

    static func key(of service: Value) -> String {
        key(service[path: "metadata", "namespace"]?.stringValue ?? "", service.objectName)
    }

    private static func key(_ namespace: String, _ name: String) -> String { "\(namespace)/\(name)" }

    static func taken(_ address: IPAddress) -> FieldError {
        refusal(address.description, "provided IP is already allocated")
    }

    private static func refusal(_ address: String, _ why: String) -> FieldError {
        FieldError(
            .invalid, "spec.clusterIPs", "Invalid value: [\"\(address)\"]: failed to allocate IP \(address): \(why)")
    }

    // MARK: What is asked for

    func handles(_ request: AdmissionRequest) -> Bool {
        (request.operation == .create || request.operation == .update) && request.concerns("services")
    }

    func admit(_ request: inout AdmissionRequest) async throws(StatusError) {
        let old = request.oldObject
        var draft = Draft(key: Self.key(request.namespace, request.name), now: time.uptime, allocation: self)
        draft.blocks = blocks.withLock(\.ready)
        draft.hadAddress = old.map { $0[path: "spec", "type"] != "ExternalName" } ?? false
        request.object?.modifyFields { service in
            ServicePreparation.normalizeAddresses(&service, from: old)
            if let old { ServicePreparation.update(&service, from: old) }
            numbers.withLock { numbers in
                // Lent, not copied: every service of the cluster is in it.
                swap(&numbers, &draft.numbers)
                service.inObject("spec") { draft.fill(&$0) }
                swap(&numbers, &draft.numbers)
                if request.isDryRun || !draft.errors.isEmpty || draft.failure != nil {
                    for number in draft.promised { numbers.takeBack(number) }
                }
            }
        }
        if let failure = draft.failure { throw .internalError(failure) }
        guard draft.errors.isEmpty else { throw .invalid(Self.kind, request.name, draft.errors) }
    }

    // MARK: One service

    /// What one request takes, all or nothing.
    private struct Draft {
        let key: String
        let now: Duration
        let allocation: ServiceAllocation
        var numbers = ServiceNumbers()
        var blocks: [CIDR] = []
        /// An address that a service has stays, whatever the blocks are now.
        var hadAddress = false
        var errors: [FieldError] = []
        /// Nothing is left to give.
        var failure: String?
        private(set) var promised: [ServiceNumbers.Number] = []

        init(key: String, now: Duration, allocation: ServiceAllocation) {
            self.key = key
            self.now = now
            self.allocation = allocation
        }

        mutating func fill(_ spec: inout Fields) {
            ServicePreparation.setFamilies(&spec, &errors)
            guard errors.isEmpty else { return }
            takeAddress(&spec)
            takePorts(&spec)
            takeHealthPort(&spec)
        }

        private mutating func promise(_ number: ServiceNumbers.Number, isChosen: Bool) {
            if numbers.promise(number, to: key, isChosen: isChosen, at: now) { promised.append(number) }
        }

        private mutating func takeAddress(_ spec: inout Fields) {
            guard spec.text("type") != "ExternalName", spec.text("clusterIP") != "None" else { return }
            let text = spec.text("clusterIP")
            if spec.isUnset("clusterIP") {
                guard let address = pickAddress() else {
                    failure = "failed to allocate a serviceIP: range is full"
                    return
                }
                promise(.address(address), isChosen: true)
                spec["clusterIP"] = .string(address.description)
                spec["clusterIPs"] = [.string(address.description)]
            } else if !hadAddress, let address = IPAddress(text) {
                // What is no address at all is validation's to say.
                guard blocks.contains(where: { ServiceBlock.offers($0, address) }) else {
                    errors.append(
                        ServiceAllocation.refusal(text, "the provided network does not match the current range"))
                    return
                }
                guard numbers.isFree(.address(address), for: key, at: now) else {
                    errors.append(ServiceAllocation.refusal(text, "provided IP is already allocated"))
                    return
                }
                promise(.address(address), isChosen: false)
            }
        }

        private func pickAddress() -> IPAddress? {
            for block in blocks where block.address.family == .ipv4 {
                let first = block.masked.address
                let picked = NumberRange(addresses: block).pick(random: allocation.random.next()) { offset in
                    numbers.isFree(.address(first.advanced(by: UInt128(offset))), for: key, at: now)
                }
                if let picked { return first.advanced(by: UInt128(picked)) }
            }
            return nil
        }

        private mutating func takePorts(_ spec: inout Fields) {
            guard ServicePreparation.needsNodePort(spec) else { return }
            var ports = spec["ports"]?.arrayValue ?? []
            // Ports of one number but different protocols share their node port.
            var shared: [Value: Int64] = [:]
            for port in ports {
                if let number = port["nodePort"]?.integerValue, number > 0, let own = port["port"] {
                    shared[own] = number
                }
            }
            var taken: Set<Int64> = []
            for index in ports.indices {
                let path = "spec.ports[\(index)].nodePort"
                let own = ports[index]["port"] ?? .null
                let asked = ports[index]["nodePort"]?.integerValue ?? 0
                if asked > 0 {
                    if taken.insert(asked).inserted { takePort(Int(asked), path) }
                } else if let number = shared[own], isShareable(number, ports, index) {
                    ports[index]["nodePort"] = .integer(number)
                } else if let number = pickPort() {
                    ports[index]["nodePort"] = .integer(Int64(number))
                    shared[own] = Int64(number)
                    taken.insert(Int64(number))
                } else {
                    failure = "failed to allocate a nodePort: range is full"
                }
            }
            spec["ports"] = .array(ports)
        }

        private func isShareable(_ number: Int64, _ ports: [Value], _ index: Int) -> Bool {
            !ports.enumerated().contains { other, port in
                other != index && port["nodePort"]?.integerValue == number
                    && port["protocol"] == ports[index]["protocol"]
            }
        }

        private mutating func takePort(_ port: Int, _ path: String) {
            guard allocation.nodePorts.contains(port) else {
                errors.append(
                    .invalid(path, port, "provided port is not in the valid range. " + allocation.portRangeText))
                return
            }
            guard numbers.isFree(.port(port), for: key, at: now) else {
                errors.append(.invalid(path, port, "provided port is already allocated"))
                return
            }
            promise(.port(port), isChosen: false)
        }

        private mutating func pickPort() -> Int? {
            let picked = NumberRange(ports: allocation.nodePorts).pick(random: allocation.random.next()) { port in
                // Not even its own: a service's other ports hold those.
                numbers.isFree(.port(Int(port)), for: "", at: now)
            }
            guard let picked else { return nil }
            promise(.port(Int(picked)), isChosen: true)
            return Int(picked)
        }

        private mutating func takeHealthPort(_ spec: inout Fields) {
            guard ServicePreparation.needsHealthCheck(spec) else { return }
            let asked = Int(spec["healthCheckNodePort"]?.integerValue ?? 0)
            if asked > 0 { return takePort(asked, "spec.healthCheckNodePort") }
            if let port = pickPort() {
                spec["healthCheckNodePort"] = .integer(Int64(port))
            } else {
                failure = "failed to allocate a HealthCheck NodePort 0: range is full"
            }
        }
    }

    private var portRangeText: String {
        "The range of valid ports is \(nodePorts.lowerBound)-\(nodePorts.upperBound)"
    }
}
