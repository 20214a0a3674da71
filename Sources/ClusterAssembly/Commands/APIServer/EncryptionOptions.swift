internal import ArgumentParser
internal import KubeAPIServer

/// How objects lie in the store. Names as upstream's.
struct EncryptionOptions: ParsableArguments {
    @Option(help: "File that says what is encrypted at rest, and how; default: Secrets, with a key of our own.")
    var encryptionProviderConfig: String?

    @Flag(help: "Follow that file when it changes.")
    var encryptionProviderConfigAutomaticReload = false

    func validate() throws {
        guard encryptionProviderConfig == nil, encryptionProviderConfigAutomaticReload else { return }
        throw ValidationError(
            "--encryption-provider-config-automatic-reload must be set with --encryption-provider-config")
    }

    func providers() throws -> EncryptionProviders? {
        guard let path = encryptionProviderConfig else { return nil }
        let read = { @Sendable in
            try ConfigurationFile.bytes(path, "error while parsing file: error while loading file: ")
        }
        do throws(ConfigurationError) {
            return try EncryptionProviders(
                try Self.read(read), path: path, read: encryptionProviderConfigAutomaticReload ? read : nil)
        } catch { throw AssemblyError("error while parsing file: \(error.message)") }
    }

    private static func read(_ read: () throws -> [UInt8]) throws(ConfigurationError) -> [UInt8] {
        do { return try read() } catch { throw ConfigurationError("\(error)") }
    }

    var arguments: [String] {
        var arguments = OptionArguments()
        arguments.add("--encryption-provider-config", encryptionProviderConfig)
        arguments.add("--encryption-provider-config-automatic-reload", encryptionProviderConfigAutomaticReload)
        return arguments.all
    }
}
