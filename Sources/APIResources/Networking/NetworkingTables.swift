internal import APIMachinery
internal import APIRegistry

/// The tables of the groups `networking.k8s.io` and `discovery.k8s.io`.
enum NetworkingTables {
    private static let shown = 3

    static let ingress: [TableColumn] = [
        .name,
        .text("Class", "Which controller serves the ingress.") { $0.text("spec", "ingressClassName").orNone },
        .text("Hosts", "The host names of the rules.", cell: hosts),
        .text("Address", "Where traffic comes in.") { ServiceTable.loadBalancer($0).joined(separator: ",") },
        .text("Ports", "The ports that are open.") { $0.items("spec", "tls").isEmpty ? "80" : "80, 443" },
        .age,
    ]

    private static func hosts(_ ingress: Value) -> String {
        let rules = ingress.items("spec", "rules")
        var hosts: [String] = []
        var hasMore = false
        for rule in rules {
            if hosts.count == shown { hasMore = true }
            if !hasMore, !rule.text("host").isEmpty { hosts.append(rule.text("host")) }
        }
        let text = hosts.joined(separator: ",").or("*")
        return hasMore ? "\(text) + \(rules.count - shown) more..." : text
    }

    static let ingressClass: [TableColumn] = [
        .nameWithDefault(["ingressclass.kubernetes.io/is-default-class"]),
        .text("Controller", "Who serves ingresses of the class.") { $0.text("spec", "controller") },
        .text("Parameters", "The object with further settings.") { ingressClass in
            guard let parameters = ingressClass[path: "spec", "parameters"] else { return "<none>" }
            let group = parameters.has("apiGroup") ? "." + parameters.text("apiGroup") : ""
            return "\(parameters.text("kind"))\(group)/\(parameters.text("name"))"
        },
        .age,
    ]

    static let networkPolicy: [TableColumn] = [
        .name,
        .text("Pod-Selector", "Which pods the policy is about.") {
            SelectorText.selector($0[path: "spec", "podSelector"])
        },
        .age,
    ]

    static let ipAddress: [TableColumn] = [
        .name,
        .text("ParentRef", "The object that has the address.") { address in
            guard let parent = address[path: "spec", "parentRef"] else { return "<none>" }
            let group = parent.text("group")
            let resource = parent.text("resource") + (group.isEmpty ? "" : "." + group)
            let namespace = parent.text("namespace")
            return "\(resource.lowercased())\(namespace.isEmpty ? "" : "/" + namespace)/\(parent.text("name"))"
        },
    ]

    static let serviceCIDR: [TableColumn] = [
        .name, .text("CIDRs", "The ranges of addresses.") { $0.texts("spec", "cidrs").joined(separator: ",") }, .age,
    ]

    static let endpointSlice: [TableColumn] = [
        .name,
        .text("AddressType", "The kind of the addresses.") { $0.text("addressType") },
        .text("Ports", "The ports of every endpoint.") { slice in
            let ports = slice.items("ports").map { port in
                port.has("port") ? String(port.number("port")) : port["name"]?.stringValue ?? "*"
            }
            return ShortList.text(ports, showing: shown).or("<unset>")
        },
        .text("Endpoints", "The addresses that answer.") { slice in
            ShortList.text(slice.items("endpoints").flatMap { $0.texts("addresses") }, showing: shown).or("<unset>")
        },
        .age,
    ]
}
