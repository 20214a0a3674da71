internal import ArgumentParser
internal import ContainerRuntime
internal import Determinism
internal import LinuxKernel
internal import Logging

/// `apus down`: stop the cluster and leave nothing running; its state stays for the next `up`.
struct DownCommand: AsyncParsableCommand, LoggingCommand {
    static let configuration = CommandConfiguration(
        commandName: "down",
        abstract: "Stop the cluster: no process, mount, network namespace, rule or control group is left.")

    @OptionGroup var cluster: ClusterOptions

    var logging: LoggingOptions { cluster.logging }

    @Flag(help: "Remove the state too: objects, keys, images.")
    var purge = false

    func run() async throws {
        var logger = Logger(label: "apus")
        logger.logLevel = .warning
        let paths = cluster.paths
        try await Daemon(paths: paths).stop()
        try await Teardown(
            paths: paths, nodeName: cluster.nodeName ?? MachineName.read().host.lowercased(), purge: purge,
            time: SystemTimekeeper(), logger: logger
        ).run()
        print("The cluster is down.")
    }
}
