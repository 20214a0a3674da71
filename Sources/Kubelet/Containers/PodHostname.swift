package import APITypes

/// What a pod calls itself, and its file of hosts.
package struct PodHostname: Sendable, Equatable {
    /// As `hostname` prints it.
    package var name: String
    /// The domain below which the name stands; empty without `subdomain`.
    package var domain: String
    package var usesFullName: Bool

    package static let nameMax = 63

    package init(_ pod: Pod, clusterDomain: String) {
        var short = pod.spec.hostname.isEmpty ? pod.metadata.name : pod.spec.hostname
        if short.utf8.count > Self.nameMax {
            short = String(short.prefix(Self.nameMax))
            while short.hasSuffix("-") || short.hasSuffix(".") { short.removeLast() }
        }
        name = pod.spec.hostnameOverride ?? short
        domain =
            pod.spec.subdomain.isEmpty || pod.spec.hostnameOverride != nil
            ? "" : "\(pod.spec.subdomain).\(pod.metadata.namespace).svc.\(clusterDomain)"
        usesFullName = pod.spec.setHostnameAsFQDN == true && !domain.isEmpty
    }

    /// What the sandbox's UTS namespace is told.
    package var sandboxName: String { usesFullName ? "\(name).\(domain)" : name }

    /// The whole /etc/hosts of a pod with a network of its own.
    package func hostsFile(ips: [String], aliases: [HostAlias]) -> String {
        var text = """
            # Kubernetes-managed hosts file.
            127.0.0.1\tlocalhost
            ::1\tlocalhost ip6-localhost ip6-loopback
            fe00::0\tip6-localnet
            fe00::0\tip6-mcastprefix
            fe00::1\tip6-allnodes
            fe00::2\tip6-allrouters

            """
        for ip in ips { text += domain.isEmpty ? "\(ip)\t\(name)\n" : "\(ip)\t\(name).\(domain)\t\(name)\n" }
        return text + Self.aliasLines(aliases)
    }

    /// The machine's /etc/hosts with the pod's aliases, for pods on the host's network.
    package static func hostsFile(host: String, aliases: [HostAlias]) -> String {
        "# Kubernetes-managed hosts file (host network).\n" + host + aliasLines(aliases)
    }

    private static func aliasLines(_ aliases: [HostAlias]) -> String {
        guard !aliases.isEmpty else { return "" }
        return "\n# Entries added by HostAliases.\n"
            + aliases.map { "\($0.ip)\t\($0.hostnames.joined(separator: "\t"))\n" }.joined()
    }
}
