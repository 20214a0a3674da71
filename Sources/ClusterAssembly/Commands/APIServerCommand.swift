internal import ArgumentParser
internal import Determinism
internal import Logging

/// `apus apiserver`: the API server alone.
struct APIServerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apiserver", abstract: "Run the API server: the one hub through which every part talks.")

    @Option(help: "Where state, keys and the store are kept.")
    var dataDir = "/var/lib/apus"

    @Option(help: "The address that clients inside the cluster reach this server by.")
    var advertiseAddress = "127.0.0.1"

    @Option(help: "The port to serve HTTPS on.")
    var securePort = 6443

    func run() async throws {
        let logger = Logger(label: "apus.apiserver")
        var options = APIServerRole.Options(advertiseAddress: advertiseAddress)
        options.paths = ClusterPaths(data: dataDir)
        options.port = securePort
        let role = try await APIServerRole.start(
            options, time: SystemTimekeeper(), random: SystemRandomSource(), logger: logger)
        try AdminKubeconfig.write(role.credentials, to: options.paths.adminKubeconfig, server: "https://\(advertiseAddress):\(securePort)")
        try await role.run()
    }
}
