/// One server's address, read from its URL.
package struct Endpoint: Sendable, Equatable {
    package var isSecure: Bool
    /// A name, or an address without brackets.
    package var host: String
    package var port: Int

    private static let defaultPort = 2_379

    /// Reads `http://` and `https://` with a host and perhaps a port; `nil` for anything else.
    package init?(url: String) {
        let schemes = [("https://", true), ("http://", false)]
        guard let (scheme, isSecure) = schemes.first(where: { url.hasPrefix($0.0) }) else { return nil }
        var rest = url.dropFirst(scheme.count)
        if rest.hasSuffix("/") { rest.removeLast() }
        self.isSecure = isSecure
        var portText: Substring?
        if rest.hasPrefix("[") {
            guard let end = rest.firstIndex(of: "]") else { return nil }
            host = String(rest[rest.index(after: rest.startIndex)..<end])
            let after = rest[rest.index(after: end)...]
            if !after.isEmpty {
                guard after.hasPrefix(":") else { return nil }
                portText = after.dropFirst()
            }
        } else {
            let parts = rest.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count <= 2, let first = parts.first else { return nil }
            host = String(first)
            if parts.count == 2 { portText = parts[1] }
        }
        guard let port = portText.map({ Int($0) }) ?? Self.defaultPort, (1...65_535).contains(port),
            !host.isEmpty, !host.contains("/")
        else { return nil }
        self.port = port
    }

    package var description: String {
        "\(isSecure ? "https" : "http")://\(host.contains(":") ? "[\(host)]" : host):\(port)"
    }
}
