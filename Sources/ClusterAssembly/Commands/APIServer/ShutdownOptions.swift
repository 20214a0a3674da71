internal import ArgumentParser

/// How the API server ends. Names as upstream's.
struct ShutdownOptions: ParsableArguments {
    @Option(
        help: "How long the API server goes on as before when it is told to end; only /readyz says so at once.",
        transform: DurationArgument.parse)
    var shutdownDelayDuration: Duration = .zero

    @Flag(help: "Listen until what is under way is answered, and send newcomers away with 429 and Retry-After.")
    var shutdownSendRetryAfter = false

    var arguments: [String] {
        var arguments: [String] = []
        if shutdownDelayDuration > .zero {
            arguments += ["--shutdown-delay-duration", DurationArgument.text(shutdownDelayDuration)]
        }
        if shutdownSendRetryAfter { arguments.append("--shutdown-send-retry-after") }
        return arguments
    }
}
