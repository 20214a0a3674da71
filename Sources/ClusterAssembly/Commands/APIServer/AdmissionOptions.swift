internal import ArgumentParser
internal import KubeAPIServer

/// How admission plugins behave. Names as upstream's.
struct AdmissionOptions: ParsableArguments {
    @Option(help: "File with the configuration of admission plugins; PodSecurity reads it.")
    var admissionControlConfigFile: String?

    func podSecurity() throws -> PodSecurityConfiguration {
        guard let path = admissionControlConfigFile else { return PodSecurityConfiguration() }
        let problem = "failed to read plugin config: "
        let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        do throws(ConfigurationError) {
            let bytes = try Self.read(path)
            return try AdmissionConfiguration(bytes) { file throws(ConfigurationError) in
                try Self.read(file.hasPrefix("/") || folder.isEmpty ? file : "\(folder)/\(file)")
            }.podSecurity
        } catch { throw AssemblyError(problem + error.message) }
    }

    private static func read(_ path: String) throws(ConfigurationError) -> [UInt8] {
        do { return try ConfigurationFile.bytes(path, "") } catch { throw ConfigurationError("\(error)") }
    }

    var arguments: [String] {
        var arguments = OptionArguments()
        arguments.add("--admission-control-config-file", admissionControlConfigFile)
        return arguments.all
    }
}
