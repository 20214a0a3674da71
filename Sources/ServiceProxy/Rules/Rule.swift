package import APIMachinery

/// One rule: if all conditions hold, the action is taken.
package struct Rule: Equatable, Sendable {
    package var conditions: [Condition]
    package var action: Action

    package init(_ conditions: [Condition], _ action: Action) {
        self.conditions = conditions
        self.action = action
    }

    /// A rule for every packet.
    package init(_ action: Action) { self.init([], action) }

    /// What a rule asks of a packet.
    package enum Condition: Equatable, Sendable {
        case source([CIDR], Bool)
        case destination([CIDR], Bool)
        /// Whether the source is an address of this machine.
        case sourceIsLocal(Bool)
        /// Whether the destination is an address of this machine.
        case destinationIsLocal(Bool)
        case transport(Transport)
        case newConnection
        /// Whether the connection had its destination changed.
        case redirected(Bool)
        case marked(Bool)
        case contained(RuleKey, in: String)
    }

    /// What a rule does.
    package enum Action: Equatable, Sendable {
        case jump(String)
        case goto(String)
        case leave
        case drop
        case reject
        case rejectWithReset
        /// Follows the verdict that the map has for the key; without one, the next rule's turn.
        case lookUp(RuleKey, in: String)
        /// Goes to one of the chains, each as likely.
        case chooseChain([String])
        /// Redirects to one of `count` entries of the map, numbered from `offset`.
        case chooseEndpoint(RuleKey, count: Int, offset: Int, in: String)
        case redirect(IPAddress, UInt16)
        /// Adds the packet's source to the set, or renews it there.
        case rememberSource(in: String, seconds: Int)
        case mark
        case unmark
        case masquerade
    }
}

/// The parts of a packet by which sets and maps are asked.
package enum RuleKey: Equatable, Sendable {
    case source
    case destination
    case sourceAndDestination
    /// Destination, protocol and port.
    case service
    /// Protocol and port.
    case nodePort
    /// Destination and port of packets of one protocol; of others there is no key.
    case servicePort(Transport)
    /// The port of packets of one protocol; of others there is no key.
    case port(Transport)
}

extension RuleKey {
    /// The expression that takes the key from a packet.
    var expression: String {
        switch self {
        case .source: "ip saddr"
        case .destination: "ip daddr"
        case .sourceAndDestination: "ip saddr . ip daddr"
        case .service: "ip daddr . meta l4proto . th dport"
        case .nodePort: "meta l4proto . th dport"
        case .servicePort(let transport): "ip daddr . \(transport) dport"
        case .port(let transport): "\(transport) dport"
        }
    }
}

extension Rule: CustomStringConvertible {
    /// The bit of the packet mark that asks for masquerading; upstream's, which other software expects.
    package static let masqueradeMark = "0x4000"

    /// The rule in nft's words.
    package var description: String { (conditions.map(\.text) + [action.text]).joined(separator: " ") }
}

extension Rule.Condition {
    fileprivate var text: String {
        switch self {
        case .source(let blocks, let inside): "ip saddr \(Self.match(blocks, inside))"
        case .destination(let blocks, let inside): "ip daddr \(Self.match(blocks, inside))"
        case .sourceIsLocal(let wanted): "fib saddr type \(wanted ? "" : "!= ")local"
        case .destinationIsLocal(let wanted): "fib daddr type \(wanted ? "" : "!= ")local"
        case .transport(let transport): "meta l4proto \(transport)"
        case .newConnection: "ct state new"
        case .redirected(let wanted): "ct status and dnat \(wanted ? "!=" : "==") 0"
        case .marked(let wanted): "meta mark and \(Rule.masqueradeMark) \(wanted ? "!=" : "==") 0"
        case .contained(let key, let set): "\(key.expression) @\(set)"
        }
    }

    private static func match(_ blocks: [CIDR], _ inside: Bool) -> String {
        let sign = inside ? "" : "!= "
        if blocks.count == 1 { return "\(sign)\(blocks[0].masked)" }
        return "\(sign){ \(blocks.map(\.masked.description).joined(separator: ", ")) }"
    }
}

extension Rule.Action {
    fileprivate var text: String {
        switch self {
        case .jump(let chain): "jump \(chain)"
        case .goto(let chain): "goto \(chain)"
        case .leave: "return"
        case .drop: "drop"
        case .reject: "reject"
        case .rejectWithReset: "reject with tcp reset"
        case .lookUp(let key, let map): "\(key.expression) vmap @\(map)"
        case .chooseChain(let chains):
            "numgen random mod \(chains.count) vmap { "
                + chains.enumerated().map { "\($0) : goto \($1)" }.joined(separator: ", ") + " }"
        case .chooseEndpoint(let key, let count, let offset, let map):
            "dnat ip to \(key.expression) . numgen random mod \(count)"
                + (offset == 0 ? "" : " offset \(offset)") + " map @\(map)"
        case .redirect(let address, let port): "dnat ip to \(address):\(port)"
        case .rememberSource(let set, let seconds): "update @\(set) { ip saddr timeout \(seconds)s }"
        case .mark: "meta mark set meta mark or \(Rule.masqueradeMark)"
        case .unmark: "meta mark set meta mark xor \(Rule.masqueradeMark)"
        case .masquerade: "masquerade fully-random"
        }
    }
}
