internal import APIMachinery
internal import APIRegistry

/// What `kubectl get endpoints` shows.
enum EndpointsTable {
    private static let shown = 3

    static let columns: [TableColumn] = [
        .name,
        .text("Endpoints", "Addresses and ports that answer.") { endpoints in
            let all = endpoints.items("subsets").flatMap(addresses)
            return ShortList.text(all, showing: shown).orNone
        },
        .age,
    ]

    private static func addresses(_ subset: Value) -> [String] {
        let addresses = subset.items("addresses").map { $0.text("ip") }
        let ports = subset.items("ports").map { $0.number("port") }
        // A headless service may have no ports.
        if ports.isEmpty { return addresses }
        return ports.flatMap { port in
            addresses.map { $0.contains(":") ? "[\($0)]:\(port)" : "\($0):\(port)" }
        }
    }
}

/// A list that names the first few and counts the others.
enum ShortList {
    static func text(_ items: [String], showing shown: Int, separator: String = ",") -> String {
        let text = items.prefix(shown).joined(separator: separator)
        return items.count > shown ? "\(text) + \(items.count - shown) more..." : text
    }
}
