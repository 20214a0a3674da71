internal import APIMachinery
internal import LinuxKernel

/// The kernel's routes that are ours, through the tool `ip`.
struct RouteTable {
    /// The number by which we know our own routes again (`rtm_protocol`; not taken by any known daemon).
    static let protocolNumber = 97

    let tools: SystemTools

    /// The routes we set earlier, perhaps in an earlier life.
    func present() async throws(ToolError) -> [PodRoute] {
        let arguments = ["-4", "route", "show", "table", "main", "proto", "\(Self.protocolNumber)"]
        return Self.parse(try await tools.succeed("ip", arguments))
    }

    func apply(_ plan: RoutePlan) async throws(ToolError) {
        let batch = Self.batch(plan)
        guard !batch.isEmpty else { return }
        // -force: one unreachable gateway must not keep the other nodes apart.
        try await tools.succeed("ip", ["-4", "-force", "-batch", "-"], input: batch)
    }

    /// The commands for `ip -batch`.
    static func batch(_ plan: RoutePlan) -> String {
        var text = ""
        for route in plan.removed { text += "route del \(route.destination) proto \(protocolNumber)\n" }
        for route in plan.replaced {
            text += "route replace \(route.destination) via \(route.gateway) proto \(protocolNumber)\n"
        }
        return text
    }

    /// Reads lines such as `10.244.1.0/24 via 192.168.0.2 dev eth0`; a block of one address has no prefix length.
    static func parse(_ text: String) -> [PodRoute] {
        text.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            guard words.count >= 3, words[1] == "via", let gateway = IPAddress(words[2]) else { return nil }
            let destination = words[0].contains("/") ? String(words[0]) : "\(words[0])/32"
            return CIDR(destination).map { PodRoute(to: $0, via: gateway) }
        }
    }
}
