internal import ArgumentParser
internal import KubeAPIServer

/// Which admission plugins there are, and how they behave. Names as upstream's.
struct AdmissionOptions: ParsableArguments {
    private static let all = AdmissionChoice.plugins.map(\.name).sorted().joined(separator: ", ")
    private static let on = AdmissionChoice.plugins.filter(\.isOn).map(\.name).joined(separator: ", ")

    @Option(help: "Admission plugins to turn on beside \(on); comma separated: \(all).")
    var enableAdmissionPlugins: String?

    @Option(help: "Admission plugins to turn off, comma separated.")
    var disableAdmissionPlugins: String?

    @Option(help: "File with the configuration of admission plugins.")
    var admissionControlConfigFile: String?

    func choice() throws -> AdmissionChoice {
        func names(_ text: String?) -> [String] { (text ?? "").split(separator: ",").map(String.init) }
        do throws(ConfigurationError) {
            return try AdmissionChoice(enable: names(enableAdmissionPlugins), disable: names(disableAdmissionPlugins))
        } catch { throw ValidationError(error.message) }
    }

    func validate() throws { _ = try choice() }

    func configuration() throws -> AdmissionConfiguration {
        guard let path = admissionControlConfigFile else { return AdmissionConfiguration() }
        let problem = "failed to read plugin config: "
        let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        do throws(ConfigurationError) {
            let bytes = try Self.read(path)
            return try AdmissionConfiguration(bytes) { file throws(ConfigurationError) in
                try Self.read(file.hasPrefix("/") || folder.isEmpty ? file : "\(folder)/\(file)")
            }
        } catch { throw AssemblyError(problem + error.message) }
    }

    private static func read(_ path: String) throws(ConfigurationError) -> [UInt8] {
        do { return try ConfigurationFile.bytes(path, "") } catch { throw ConfigurationError("\(error)") }
    }

    var arguments: [String] {
        var arguments = OptionArguments()
        arguments.add("--enable-admission-plugins", enableAdmissionPlugins)
        arguments.add("--disable-admission-plugins", disableAdmissionPlugins)
        arguments.add("--admission-control-config-file", admissionControlConfigFile)
        return arguments.all
    }
}
