internal import ArgumentParser
internal import KubeAPIServer
internal import LinuxKernel

/// Which requests are traced, and who collects what is seen of them. Names as upstream's.
struct TracingOptions: ParsableArguments {
    @Option(help: "File that says how many requests are traced, and where a collector listens (OTLP over gRPC).")
    var tracingConfigFile: String?

    func settings() throws -> TracingSettings? {
        guard let path = tracingConfigFile else { return nil }
        guard Files.exists(path) else { throw AssemblyError("tracing-config-file \(path) does not exist") }
        let bytes = try ConfigurationFile.bytes(path, "failed to read tracing config: ")
        do throws(ConfigurationError) {
            let configuration = try TracingConfiguration(bytes)
            return TracingSettings(
                samplingRatePerMillion: configuration.samplingRatePerMillion,
                exporter: TraceCollector(configuration.endpoint))
        } catch { throw AssemblyError(error.message) }
    }

    var arguments: [String] {
        var arguments = OptionArguments()
        arguments.add("--tracing-config-file", tracingConfigFile)
        return arguments.all
    }
}
