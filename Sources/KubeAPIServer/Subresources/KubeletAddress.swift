internal import APIMachinery

/// Where the kubelet of a node listens.
struct KubeletAddress {
    private static let defaultPort: Int64 = 10250

    let host: String
    let port: Int

    /// Reads a Node; throws when it has no address.
    init(_ node: Value) throws(StatusError) {
        let addresses = node[path: "status", "addresses"]?.arrayValue ?? []
        // Names of nodes resolve nowhere in a cluster of our own; addresses always work.
        let address = ["InternalIP", "ExternalIP"].lazy
            .compactMap { type in addresses.first { $0["type"]?.stringValue == type }?["address"]?.stringValue }.first
        guard let address else {
            let name = node[path: "metadata", "name"]?.stringValue ?? ""
            throw .internalError("no preferred addresses found for node \"\(name)\"")
        }
        host = address
        port = Int(
            node[path: "status", "daemonEndpoints", "kubeletEndpoint", "Port"]?.integerValue ?? Self.defaultPort)
    }
}
