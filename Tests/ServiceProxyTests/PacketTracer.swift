import APIMachinery
import ServiceProxy

/// Sends a packet through the structured rules as the kernel would, so that tests can ask what becomes
/// of it instead of how the rules look.
struct PacketTracer {
    struct Packet {
        var source: IPAddress
        var destination: IPAddress
        var transport: Transport
        var port: UInt16

        init(from source: String, to destination: String, _ transport: Transport = .tcp, _ port: UInt16) throws {
            self.source = try address(source)
            self.destination = try address(destination)
            self.transport = transport
            self.port = port
        }
    }

    enum Fate: Equatable, CustomStringConvertible {
        case delivered(to: String, masqueraded: Bool)
        case rejected
        case dropped
        case untouched

        var description: String {
            switch self {
            case .delivered(let target, let masqueraded): "\(target)\(masqueraded ? " masqueraded" : "")"
            case .rejected: "rejected"
            case .dropped: "dropped"
            case .untouched: "untouched"
            }
        }
    }

    let table: RuleTable
    var localAddresses: Set<IPAddress>
    /// What `numgen random` draws.
    var draw: (Int) -> Int = { _ in 0 }
    /// Members of dynamic sets: set name to sources.
    var remembered: [String: Set<IPAddress>] = [:]

    private var isMarked = false
    private var redirectedTo: (IPAddress, UInt16)?

    init(_ table: RuleTable, localAddresses: [String]) throws {
        self.table = table
        self.localAddresses = Set(try localAddresses.map(address))
    }

    /// What becomes of a new connection's first packet.
    mutating func fate(of packet: Packet) -> Fate {
        isMarked = false
        redirectedTo = nil
        let isOurs = localAddresses.contains(packet.source)
        let before = isOurs ? ["filter-output", "nat-output", "filter-redirected-output"]
            : ["filter-prerouting", "nat-prerouting"]
        for chain in before { if let end = walk(chain, packet) { return end } }
        let arrived = redirected(packet)
        if !isOurs {
            let chain = localAddresses.contains(arrived.destination) ? "filter-input" : "filter-forward"
            if let end = walk(chain, packet) { return end }
        }
        guard let (address, port) = redirectedTo else { return .untouched }
        let wasMasqueraded = masquerades(arrived)
        return .delivered(to: "\(address):\(port)", masqueraded: wasMasqueraded)
    }

    private enum Step { case next, leave, end(Fate), accepted }

    private func redirected(_ packet: Packet) -> Packet {
        guard let redirectedTo else { return packet }
        var packet = packet
        (packet.destination, packet.port) = redirectedTo
        return packet
    }

    private mutating func walk(_ chain: String, _ packet: Packet) -> Fate? {
        if case .end(let fate) = follow(chain, packet) { return fate }
        return nil
    }

    private mutating func masquerades(_ packet: Packet) -> Bool {
        if case .end = follow("nat-postrouting", packet) { return true }
        return false
    }

    private mutating func follow(_ chain: String, _ packet: Packet) -> Step {
        guard let rules = table.chains[chain]?.rules else { preconditionFailure("no chain \(chain)") }
        for rule in rules {
            let now = redirected(packet)
            guard rule.conditions.allSatisfy({ holds($0, now) }) else { continue }
            switch act(rule.action, now) {
            case .next: continue
            case .leave: return .next
            case .end(let fate): return .end(fate)
            case .accepted: return .accepted
            }
        }
        return .next
    }

    private mutating func act(_ action: Rule.Action, _ packet: Packet) -> Step {
        switch action {
        case .jump(let chain): return follow(chain, packet)
        case .goto(let chain): return gone(follow(chain, packet))
        case .leave: return .leave
        case .drop: return .end(.dropped)
        case .reject, .rejectWithReset: return .end(.rejected)
        case .lookUp(let key, let map):
            guard let verdict = table.sets[map]?.elements[text(key, packet)] else { return .next }
            if verdict == "drop" { return .end(.dropped) }
            return gone(follow(String(verdict.dropFirst("goto ".count)), packet))
        case .chooseChain(let chains): return gone(follow(chains[draw(chains.count)], packet))
        case .chooseEndpoint(let key, let count, let offset, let map):
            let index = draw(count) + offset
            guard matches(key, packet) else { return .next }
            guard let target = table.sets[map]?.elements["\(text(key, packet)) . \(index)"] else { return .next }
            let parts = target.split(separator: " . ")
            guard let address = IPAddress(parts[0]), let port = UInt16(parts[1]) else { return .next }
            redirectedTo = (address, port)
            return .accepted
        case .redirect(let address, let port):
            redirectedTo = (address, port)
            return .accepted
        case .rememberSource(let set, _):
            remembered[set, default: []].insert(packet.source)
            return .next
        case .mark:
            isMarked = true
            return .next
        case .unmark:
            isMarked = false
            return .next
        case .masquerade: return .end(.untouched)
        }
    }

    /// After a `goto` the chain that was left does not go on.
    private func gone(_ step: Step) -> Step {
        if case .next = step { return .leave }
        return step
    }

    private func holds(_ condition: Rule.Condition, _ packet: Packet) -> Bool {
        switch condition {
        case .source(let blocks, let inside): blocks.contains { $0.contains(packet.source) } == inside
        case .destination(let blocks, let inside): blocks.contains { $0.contains(packet.destination) } == inside
        case .sourceIsLocal(let wanted): localAddresses.contains(packet.source) == wanted
        case .destinationIsLocal(let wanted): localAddresses.contains(packet.destination) == wanted
        case .transport(let transport): packet.transport == transport
        case .newConnection: true
        case .redirected(let wanted): (redirectedTo != nil) == wanted
        case .marked(let wanted): isMarked == wanted
        case .contained(let key, let set):
            table.sets[set]?.elements[text(key, packet)] != nil
                || remembered[set, default: []].contains(packet.source)
        }
    }

    private func text(_ key: RuleKey, _ packet: Packet) -> String {
        switch key {
        case .source: "\(packet.source)"
        case .destination: "\(packet.destination)"
        case .sourceAndDestination: "\(packet.source) . \(packet.destination)"
        case .service: "\(packet.destination) . \(packet.transport.rawValue) . \(packet.port)"
        case .nodePort: "\(packet.transport.rawValue) . \(packet.port)"
        case .servicePort: "\(packet.destination) . \(packet.port)"
        case .port: "\(packet.port)"
        }
    }

    /// A key of one protocol is none for packets of another.
    private func matches(_ key: RuleKey, _ packet: Packet) -> Bool {
        switch key {
        case .servicePort(let transport), .port(let transport): packet.transport == transport
        case .source, .destination, .sourceAndDestination, .service, .nodePort: true
        }
    }
}

struct BadFixture: Error { let text: String }

func address(_ text: String) throws -> IPAddress {
    guard let address = IPAddress(text) else { throw BadFixture(text: text) }
    return address
}

func block(_ text: String) throws -> CIDR {
    guard let block = CIDR(text) else { throw BadFixture(text: text) }
    return block
}
