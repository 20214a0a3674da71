internal import APIMachinery
internal import APIRules
internal import Determinism
internal import Synchronization

/// Gives services their addresses and node ports, each to one service only.
///
/// Not one of upstream's plugins: there the registry allocates, after admission and before validation,
/// which is the last place of the mutating pass. Two API servers on one store could give out the same
/// number within the same moment.
final class ServiceAllocation: AdmissionPlugin {
    private static let kind = GroupVersionKind(group: "", version: "v1", kind: "Service")

    private let block: CIDR
    private let nodePorts: ClosedRange<Int>
    private let time: any Timekeeper
    private let random: any RandomSource
    private let numbers = Mutex(ServiceNumbers())

    init(block: CIDR, nodePorts: ClosedRange<Int>, time: any Timekeeper, random: any RandomSource) {
        self.block = block
        self.nodePorts = nodePorts
        self.time = time
        self.random = random
    }

    var name: String { "ServiceAllocation" }
    var isReinvocable: Bool { false }

    /// Takes over a stored service, or that it is gone.
    func follow(_ service: Value, isGone: Bool) {
        let key = Self.key(service[path: "metadata", "namespace"]?.stringValue ?? "", service.objectName)
        numbers.withLock { $0.put(isGone ? [] : ServiceNumbers.of(service), of: key) }
    }

    func handles(_ request: AdmissionRequest) -> Bool {
        (request.operation == .create || request.operation == .update) && request.concerns("services")
    }

    func admit(_ request: inout AdmissionRequest) async throws(StatusError) {
        let old = request.oldObject
        var errors: [FieldError] = []
        let now = time.uptime
        let key = Self.key(request.namespace, request.name)
        request.object?.modifyFields { service in
            ServicePreparation.normalizeAddresses(&service, from: old)
            if let old { ServicePreparation.update(&service, from: old) }
            numbers.withLock { numbers in
                var draft = Draft(numbers: numbers, key: key, now: now, allocation: self)
                service.inObject("spec") { draft.fill(&$0) }
                errors = draft.errors
                if errors.isEmpty, !request.isDryRun { numbers = draft.numbers }
            }
        }
        guard errors.isEmpty else { throw .invalid(Self.kind, request.name, errors) }
    }

    private static func key(_ namespace: String, _ name: String) -> String { "\(namespace)/\(name)" }

    // MARK: One service

    /// What one request takes, all or nothing.
    private struct Draft {
        var numbers: ServiceNumbers
        let key: String
        let now: Duration
        let allocation: ServiceAllocation
        var errors: [FieldError] = []

        mutating func fill(_ spec: inout Fields) {
            ServicePreparation.setFamilies(&spec, &errors)
            guard errors.isEmpty else { return }
            takeAddress(&spec)
            takePorts(&spec)
            takeHealthPort(&spec)
        }

        private mutating func takeAddress(_ spec: inout Fields) {
            guard spec.text("type") != "ExternalName", spec.text("clusterIP") != "None" else { return }
            let block = allocation.block
            guard !spec.isUnset("clusterIP") else {
                let range = NumberRange(addresses: block)
                let picked = range.pick(random: allocation.random.next()) { offset in
                    numbers.isFree(.address(block.masked.address.advanced(by: UInt128(offset))), for: key, at: now)
                }
                guard let picked else {
                    errors.append(
                        FieldError(
                            .internalError, "spec.clusterIPs",
                            "Internal error: failed to allocate a serviceIP: range is full"))
                    return
                }
                let address = block.masked.address.advanced(by: UInt128(picked))
                numbers.promise(.address(address), to: key, at: now)
                spec["clusterIP"] = .string(address.description)
                spec["clusterIPs"] = [.string(address.description)]
                return
            }
            let text = spec.text("clusterIP")
            // What is no address at all is validation's to say.
            guard let address = IPAddress(text) else { return }
            guard block.contains(address) else {
                return refuse(text, "the provided network does not match the current range")
            }
            guard numbers.isFree(.address(address), for: key, at: now) else {
                return refuse(text, "provided IP is already allocated")
            }
            numbers.promise(.address(address), to: key, at: now)
        }

        private mutating func refuse(_ address: String, _ why: String) {
            errors.append(
                FieldError(
                    .invalid, "spec.clusterIPs",
                    "Invalid value: [\"\(address)\"]: failed to allocate IP \(address): \(why)"))
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
                    errors.append(
                        FieldError(.internalError, path, "Internal error: failed to allocate a nodePort: range is full")
                    )
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
            numbers.promise(.port(port), to: key, at: now)
        }

        private mutating func pickPort() -> Int? {
            let picked = NumberRange(ports: allocation.nodePorts).pick(random: allocation.random.next()) { port in
                // Not even its own: a service's other ports hold those.
                numbers.isFree(.port(Int(port)), for: "", at: now)
            }
            guard let picked else { return nil }
            numbers.promise(.port(Int(picked)), to: key, at: now)
            return Int(picked)
        }

        private mutating func takeHealthPort(_ spec: inout Fields) {
            guard ServicePreparation.needsHealthCheck(spec) else { return }
            let asked = Int(spec["healthCheckNodePort"]?.integerValue ?? 0)
            if asked > 0 { return takePort(asked, "spec.healthCheckNodePort") }
            if let port = pickPort() { spec["healthCheckNodePort"] = .integer(Int64(port)) }
        }
    }

    private var portRangeText: String {
        "The range of valid ports is \(nodePorts.lowerBound)-\(nodePorts.upperBound)"
    }
}
