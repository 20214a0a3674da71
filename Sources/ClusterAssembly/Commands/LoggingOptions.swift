internal import ArgumentParser
internal import Logging

/// How log lines look. Names and words as upstream's.
struct LoggingOptions: ParsableArguments {
    enum Format: String, ExpressibleByArgument, CaseIterable { case text, json }

    @Option(help: "How log lines look: text or json.")
    var loggingFormat = Format.text

    /// The same option for another process.
    var arguments: [String] { loggingFormat == .text ? [] : ["--logging-format=\(loggingFormat.rawValue)"] }

    /// Before the first logger is made.
    func apply() {
        guard loggingFormat == .json else { return }
        LoggingSystem.bootstrap { _ in JSONLogHandler(to: StandardErrorLines()) }
    }
}

/// A command that logs.
protocol LoggingCommand { var logging: LoggingOptions { get } }
