internal import ArgumentParser
internal import ClusterPKI
internal import Determinism
internal import LinuxKernel
internal import Logging

/// What every part that runs on its own is told: how to reach the API server, and as whom.
struct ClientOptions: ParsableArguments {
    @Option(help: "The kubeconfig file that says where the API server is and who this is.")
    var kubeconfig: String

    @Option(help: "What is logged: trace, debug, info, notice, warning, error, critical.")
    var logLevel = "info"

    @OptionGroup var logging: LoggingOptions

    func wire(_ agent: String) throws -> Wire { try .outside(Kubeconfig.load(kubeconfig), agent: agent) }

    func logger(_ label: String) -> Logger {
        var logger = Logger(label: label)
        logger.logLevel = Logger.Level(rawValue: logLevel) ?? .info
        return logger
    }
}
