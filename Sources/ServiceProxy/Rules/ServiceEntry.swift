package import APIMachinery

/// One way to address a Service: an address with a port, or a port of the node.
enum ServiceEntry: Hashable {
    case address(IPAddress, Transport, UInt16)
    case nodePort(Transport, UInt16)

    /// The key in the maps, in nft's words.
    var key: String {
        switch self {
        case .address(let address, let transport, let port): "\(address) . \(transport.rawValue) . \(port)"
        case .nodePort(let transport, let port): "\(transport.rawValue) . \(port)"
        }
    }

    /// The key in the maps of endpoints, without the number that is drawn.
    var endpointKey: String {
        switch self {
        case .address(let address, _, let port): "\(address) . \(port)"
        case .nodePort(_, let port): "\(port)"
        }
    }

    /// What a packet is asked for to get that key.
    var endpointRuleKey: RuleKey { isNodePort ? .port(transport) : .servicePort(transport) }

    var transport: Transport {
        switch self {
        case .address(_, let transport, _), .nodePort(let transport, _): transport
        }
    }

    /// Chains that ask different maps have different names.
    var chainPrefix: String { isNodePort ? "node-" : "" }

    var verdicts: String { isNodePort ? RulePlan.Names.nodePorts : RulePlan.Names.serviceIPs }
    var outsideVerdicts: String { isNodePort ? RulePlan.Names.outsideNodePorts : RulePlan.Names.outsideIPs }
    var endpoints: String {
        isNodePort ? RulePlan.Names.nodePortEndpoints(transport) : RulePlan.Names.endpoints(transport)
    }
    var refusals: String { isNodePort ? RulePlan.Names.noEndpointNodePorts : RulePlan.Names.noEndpoints }

    /// The entry as flows of datagrams know it; `nil` for other protocols.
    var datagramEntry: DatagramEntry? {
        switch self {
        case .address(let address, .udp, let port): DatagramEntry(address: address, port: port)
        case .nodePort(.udp, let port): DatagramEntry(address: nil, port: port)
        case .address, .nodePort: nil
        }
    }

    private var isNodePort: Bool {
        switch self {
        case .address: false
        case .nodePort: true
        }
    }
}

/// Where datagrams for a Service are sent by its clients. Without an address, the port of a node.
package struct DatagramEntry: Hashable, Sendable {
    package var address: IPAddress?
    package var port: UInt16

    package init(address: IPAddress?, port: UInt16) {
        self.address = address
        self.port = port
    }
}
