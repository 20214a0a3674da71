/// In what shape and encoding a client wants discovery.
struct DiscoveryType: Hashable, Sendable {
    enum Shape: Hashable, Sendable {
        case classic
        /// `v2` or `v2beta1` of `apidiscovery.k8s.io`
        case aggregated(version: String)
    }

    let shape: Shape
    let encoding: Encoding

    /// The first that the client accepts and we have; `nil`: there is none.
    static func negotiate(accept: String?, allowsAggregated: Bool) -> DiscoveryType? {
        guard let accept, !accept.isEmpty else { return DiscoveryType(shape: .classic, encoding: .json) }
        for clause in accept.split(separator: ",") {
            let parts = clause.split(separator: ";").map { $0.trimmed }
            guard let encoding = encoding(parts[0]) else { continue }
            let parameters = Dictionary(parts.dropFirst().map(parameter)) { first, _ in first }
            guard let wanted = parameters["as"] else { return DiscoveryType(shape: .classic, encoding: encoding) }
            guard allowsAggregated, wanted == "APIGroupDiscoveryList", parameters["g"] == "apidiscovery.k8s.io",
                let version = parameters["v"], ["v2", "v2beta1"].contains(version)
            else { continue }
            return DiscoveryType(shape: .aggregated(version: version), encoding: encoding)
        }
        return nil
    }

    private static func encoding(_ type: String) -> Encoding? {
        switch type {
        case "*/*", "application/*": .json
        case "application/x-yaml": .yaml
        // Clients that prefer it accept JSON as well, here.
        case Encoding.cbor.rawValue: nil
        case _: Encoding(rawValue: type)
        }
    }

    private static func parameter(_ text: String) -> (String, String) {
        let pair = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        return (pair[0].trimmed, pair.count > 1 ? pair[1].trimmed : "")
    }

    /// What the answer says it is.
    var contentType: String {
        switch shape {
        case .classic: encoding.rawValue
        case .aggregated(let version): "\(encoding.rawValue);g=apidiscovery.k8s.io;v=\(version);as=APIGroupDiscoveryList"
        }
    }
}
