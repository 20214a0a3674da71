import Glibc
import LinuxKernel
import ServiceProxy

/// Two network namespaces joined by a cable: a node at 10.244.0.1, and pods at 10.244.0.11 to .13 which
/// answer on port 8080 with their address.
struct KernelLab {
    static var isWanted: Bool { getenv("APUS_KERNEL_TESTS") != nil }

    let node: String
    let pods: String
    private let host = SystemTools()
    private var inNode: SystemTools { SystemTools(networkNamespace: "/run/netns/\(node)") }
    private var inPods: SystemTools { SystemTools(networkNamespace: "/run/netns/\(pods)") }

    var writer: ToolRuleWriter { ToolRuleWriter(inNode) }

    static func with(name: String, _ body: (KernelLab) async throws -> Void) async throws {
        let lab = KernelLab(node: "apus-\(name)-\(getpid())", pods: "apus-\(name)-\(getpid())-pods")
        do {
            try await lab.build()
            try await body(lab)
        } catch {
            try await lab.tearDown()
            throw error
        }
        try await lab.tearDown()
    }

    /// What the pod says that a connection from the node reaches, or `refused`.
    func ask(_ address: String, _ port: Int) async throws -> String {
        let result = try await inNode.run("socat", ["-u", "TCP:\(address):\(port),connect-timeout=2", "-"])
        if result.errorText.contains("refused") { return "refused" }
        if !result.status.isSuccess { return result.errorText }
        return String(result.outputText.prefix { !$0.isWhitespace })
    }

    /// What the pod says that a datagram from the node reaches. Always from the same port, so that the
    /// kernel takes it for one flow.
    func send(_ address: String, _ port: Int) async throws -> String {
        for _ in 0..<10 {
            let result = try await inNode.run(
                "socat", ["-T", "1", "-", "UDP:\(address):\(port),sourceport=5000"], input: "hello\n")
            // On a busy machine the answer may take longer than a second.
            if !result.outputText.isEmpty { return String(result.outputText.prefix { !$0.isWhitespace }) }
        }
        return "silence"
    }

    private func build() async throws {
        try await ip(host, "netns add \(node)")
        try await ip(host, "netns add \(pods)")
        try await ip(host, "-n \(node) link add v0 type veth peer name v1 netns \(pods)")
        try await ip(inNode, "addr add 10.244.0.1/24 dev v0")
        try await ip(inNode, "link set v0 up")
        try await ip(inNode, "link set lo up")
        try await ip(inNode, "route add default dev v0")
        try await inNode.succeed("sysctl", ["-q", "-w", "net.ipv4.conf.all.route_localnet=1"])
        try await ip(inPods, "link set v1 up")
        try await ip(inPods, "link set lo up")
        for last in 11...13 {
            try await ip(inPods, "addr add 10.244.0.\(last)/24 dev v1")
            for listener in ["TCP-LISTEN", "UDP-LISTEN"] {
                let options = "bind=10.244.0.\(last),fork,reuseaddr"
                let server = "socat \(listener):8080,\(options) SYSTEM:'echo 10.244.0.\(last)'"
                try await inPods.succeed("sh", ["-c", "\(server) </dev/null >/dev/null 2>&1 &"])
            }
        }
        try await awaitListeners()
    }

    private func awaitListeners() async throws {
        for _ in 0..<100 {
            let listening = try await inPods.succeed("ss", ["-Hltun"]).split(separator: "\n")
            if listening.count == 6 { return }
            try await host.succeed("sleep", ["0.1"])
        }
    }

    private func tearDown() async throws {
        let pids = try await host.succeed("ip", ["netns", "pids", pods]).split(whereSeparator: \.isWhitespace)
        try await host.succeed("kill", pids.map(String.init))
        try await ip(host, "netns del \(node)")
        try await ip(host, "netns del \(pods)")
    }

    private func ip(_ tools: SystemTools, _ arguments: String) async throws {
        try await tools.succeed("ip", arguments.split(separator: " ").map(String.init))
    }
}
