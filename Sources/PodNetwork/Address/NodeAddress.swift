package import APIMachinery
package import LinuxKernel

/// Finds the address under which other nodes reach this one, when nobody has said it.
package enum NodeAddress {
    /// The address from which the machine would speak to the world; else its first address that is
    /// good beyond one link. `nil` when it has none.
    package static func detect(_ tools: SystemTools) async throws(ToolError) -> IPAddress? {
        // Any public address does: nothing is sent, the kernel only looks up the way.
        let route = try await tools.run("ip", ["-4", "-o", "route", "get", "1.1.1.1"])
        if route.status.isSuccess, let source = source(ofRoute: route.outputText) { return source }
        return firstAddress(in: try await tools.succeed("ip", ["-4", "-o", "addr", "show", "scope", "global"]))
    }

    /// The address after `src` in what `ip route get` writes.
    static func source(ofRoute text: String) -> IPAddress? {
        let words = text.split(whereSeparator: \.isWhitespace)
        guard let index = words.firstIndex(of: "src"), index + 1 < words.count else { return nil }
        return IPAddress(words[index + 1]).flatMap { $0.isLoopback ? nil : $0 }
    }

    /// The address after `inet` in the first line of what `ip -o addr` writes.
    static func firstAddress(in text: String) -> IPAddress? {
        let words = text.split(whereSeparator: \.isWhitespace)
        guard let index = words.firstIndex(of: "inet"), index + 1 < words.count else { return nil }
        return IPAddress(words[index + 1].prefix { $0 != "/" })
    }
}
