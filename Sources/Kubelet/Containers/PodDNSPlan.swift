package import APITypes
package import ContainerRuntime

/// A machine's resolv.conf, as far as pods care.
package struct ResolverConfiguration: Sendable, Equatable {
    package var servers: [String] = []
    package var searches: [String] = []
    package var options: [String] = []

    package init() {}

    package init(parsing text: String) {
        for line in text.split(separator: "\n") {
            let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" }).map(String.init)
            guard let first = words.first, words.count > 1 else { continue }
            switch first {
            case "nameserver": servers.append(words[1])
            case "search": searches = Array(words.dropFirst())
            case "options": options = Array(words.dropFirst())
            default: continue
            }
        }
    }
}

/// What a pod's resolv.conf says, from its `dnsPolicy` and `dnsConfig`.
package enum PodDNSPlan {
    /// Limits of resolvers, as upstream keeps them.
    package static let serversMax = 3
    package static let searchesMax = 32

    package static func dns(
        _ pod: Pod, host: ResolverConfiguration, clusterDNS: [String], clusterDomain: String
    ) -> SandboxDNS {
        var dns = SandboxDNS()
        switch policy(of: pod, hasClusterDNS: !clusterDNS.isEmpty) {
        case "None":
            break
        case "ClusterFirst":
            let namespace = pod.metadata.namespace
            dns.servers = clusterDNS
            dns.searches = ["\(namespace).svc.\(clusterDomain)", "svc.\(clusterDomain)", clusterDomain] + host.searches
            dns.options = ["ndots:5"]
        default:
            dns.servers = host.servers
            dns.searches = host.searches
            dns.options = host.options
        }
        if let config = pod.spec.dnsConfig { merge(config, into: &dns) }
        dns.servers = Array(dns.servers.prefix(serversMax))
        dns.searches = Array(unique(dns.searches).prefix(searchesMax))
        return dns
    }

    private static func policy(of pod: Pod, hasClusterDNS: Bool) -> String {
        switch pod.spec.dnsPolicy {
        case "None": return "None"
        case "Default": return "Default"
        case "ClusterFirstWithHostNet": return hasClusterDNS ? "ClusterFirst" : "Default"
        default: return hasClusterDNS && !pod.spec.hostNetwork ? "ClusterFirst" : "Default"
        }
    }

    private static func merge(_ config: PodDNSConfig, into dns: inout SandboxDNS) {
        dns.servers = unique(dns.servers + config.nameservers)
        dns.searches = unique(dns.searches + config.searches)
        for option in config.options {
            let name = option.name
            dns.options.removeAll { $0 == name || $0.hasPrefix(name + ":") }
            dns.options.append(option.value.map { $0.isEmpty ? name : "\(name):\($0)" } ?? name)
        }
    }

    private static func unique(_ names: [String]) -> [String] {
        var seen: Set<String> = []
        return names.filter { seen.insert($0).inserted }
    }
}
