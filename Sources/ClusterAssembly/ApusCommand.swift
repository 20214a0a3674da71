package import ArgumentParser

/// `apus`: a whole Kubernetes in one binary.
package struct ApusCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "apus", abstract: "A whole Kubernetes in one binary.",
        version: "v1.36.0+apus",
        subcommands: [
            UpCommand.self, DownCommand.self, ImageCommand.self, CertificatesCommand.self, APIServerCommand.self,
            ControllerManagerCommand.self, SchedulerCommand.self, KubeletCommand.self, ProxyCommand.self,
            DNSCommand.self, TranscodeCommand.self,
        ])

    package init() {}

    /// Reads the command line, does what it says, and leaves the process with the right code.
    package static func execute() async {
        do {
            var command = try parseAsRoot()
            if let asynchronous = command as? any AsyncParsableCommand {
                try await run(asynchronous)
            } else {
                // What the library brings itself: help.
                try command.run()
            }
        } catch {
            exit(withError: error)
        }
    }

    private static func run<Command: AsyncParsableCommand>(_ command: Command) async throws {
        var command = command
        (command as? any LoggingCommand)?.logging.apply()
        try await command.run()
    }
}
