internal import ArgumentParser
internal import ClusterPKI
internal import Determinism
internal import LinuxKernel

/// `apus certificates`: writes the kubeconfigs by which parts of the cluster that run on their own reach the server.
struct CertificatesCommand: AsyncParsableCommand, LoggingCommand {
    static let configuration = CommandConfiguration(
        commandName: "certificates",
        abstract: "Write kubeconfigs for parts that run on their own, and the certificates of another node.")

    @Option(help: "The data directory of the cluster's server.")
    var dataDir = "/var/lib/apus"

    @Option(help: "How the parts reach the API server, https://address:port.")
    var server: String

    @Option(help: "The folder to write to.")
    var out: String

    @Option(help: "A node to write certificates for.")
    var node: String?

    @Option(help: "The address of that node.")
    var nodeIP: String?

    @OptionGroup var logging: LoggingOptions

    func run() async throws {
        let time = SystemTimekeeper()
        let random = SystemRandomSource()
        let credentials = try ClusterCredentials.ensure(
            directory: ClusterPaths(data: dataDir).pki, hostnames: [], ips: [], time: time, random: random)
        try SecretFile.makeDirectory(out)
        try write("controller-manager", "system:kube-controller-manager", credentials.controllerManager, credentials)
        try write("scheduler", "system:kube-scheduler", credentials.scheduler, credentials)
        try write("proxy", "system:kube-proxy", credentials.proxy, credentials)
        try write("dns", "system:apus-dns", credentials.dns, credentials)
        try SecretFile.write(credentials.authorityPEM, to: out + "/ca.crt", mode: 0o644)
        if let node { try write(node, credentials, time: time, random: random) }
    }

    private func write(
        _ name: String, _ user: String, _ pair: PEMPair, _ credentials: ClusterCredentials
    ) throws {
        try Kubeconfig(server: server, userName: user, authority: credentials.authorityPEM, client: pair)
            .write(to: "\(out)/\(name).conf")
    }

    private func write(
        _ node: String, _ credentials: ClusterCredentials, time: any Timekeeper, random: any RandomSource
    ) throws {
        let pairs = try credentials.ensureNode(node, ips: nodeIP.map { [$0] } ?? [], time: time, random: random)
        try write("kubelet-\(node)", "system:node:\(node)", pairs.client, credentials)
        try SecretFile.write(pairs.serving.certificate, to: "\(out)/kubelet-\(node).crt")
        try SecretFile.write(pairs.serving.key, to: "\(out)/kubelet-\(node).key")
    }
}
