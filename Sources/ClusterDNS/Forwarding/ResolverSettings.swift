package import APIMachinery

/// Which servers know the world outside, as `resolv.conf` says.
package struct ResolverSettings: Equatable, Sendable {
    /// How many servers are asked, as in CoreDNS.
    package static let serversMax = 15

    package var servers: [IPAddress]

    package init(servers: [IPAddress]) { self.servers = servers }

    /// Reads the lines `nameserver ADDRESS` of a `resolv.conf`; everything else is for others. Servers in
    /// `own` are left out: asking ourselves would never end.
    package init(resolvConf text: String, own: Set<IPAddress> = []) {
        servers = []
        for line in text.split(whereSeparator: \.isNewline) {
            let words = line.split(whereSeparator: \.isWhitespace)
            guard words.count >= 2, words[0] == "nameserver", let address = IPAddress(words[1].prefix { $0 != "%" }),
                !own.contains(address), !servers.contains(address), servers.count < Self.serversMax
            else { continue }
            servers.append(address)
        }
    }
}
