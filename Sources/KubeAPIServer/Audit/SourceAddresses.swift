package import APIMachinery

/// Where a request came from, as far as its headers and its connection say. All but the last can be made up.
package enum SourceAddresses {
    /// `X-Forwarded-For`, then `X-Real-Ip` unless it was named there, then the peer unless it was named last.
    package static func list(_ headers: RequestHeaders, peer: IPAddress?) -> [String] {
        var addresses = headers.all("x-forwarded-for").flatMap { $0.split(separator: ",") }
            .compactMap { IPAddress($0.trimmed) }
        if let text = headers["x-real-ip"], let real = IPAddress(text.trimmed), !addresses.contains(real) {
            addresses.append(real)
        }
        if let peer, addresses.last != peer { addresses.append(peer) }
        return addresses.map(\.description)
    }
}
