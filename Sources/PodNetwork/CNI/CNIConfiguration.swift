package import APIMachinery

/// What the container runtime asks to be done for every pod: a cable into a bridge, an address out of
/// the node's pod network, and host ports.
///
/// Masquerading is ours, not the plugin's, because the plugin would do it also between pods. The
/// loopback device needs no entry: the runtime sets it up by itself.
package struct CNIConfiguration: Sendable, Equatable {
    package var bridge: String
    package var podCIDR: CIDR
    /// Where the addresses in use are written down; nodes that share a machine each need their own.
    package var stateDirectory: String
    /// Bytes; zero leaves it to the kernel.
    package var mtu: Int

    package init(
        bridge: String, podCIDR: CIDR, stateDirectory: String = "/var/lib/cni/networks", mtu: Int = 0
    ) {
        self.bridge = bridge
        self.podCIDR = podCIDR
        self.stateDirectory = stateDirectory
        self.mtu = mtu
    }

    /// The name under which the file sorts before those of others in the same folder.
    package static let fileName = "10-apus.conflist"

    /// The configuration as a network configuration list (CNI specification 1.0.0).
    package var value: Value {
        var network: Value = [
            "type": "bridge",
            "bridge": .string(bridge),
            "isGateway": true,
            "ipMasq": false,
            "hairpinMode": true,
            "ipam": [
                "type": "host-local",
                "dataDir": .string(stateDirectory),
                "ranges": [[["subnet": .string(podCIDR.masked.description)]]],
                "routes": [["dst": "0.0.0.0/0"]],
            ],
        ]
        if mtu > 0 { network["mtu"] = .integer(Int64(mtu)) }
        let hostPorts: Value = ["type": "portmap", "capabilities": ["portMappings": true], "snat": true]
        return ["cniVersion": "1.0.0", "name": "apus", "plugins": [network, hostPorts]]
    }
}
