internal import ArgumentParser
internal import Determinism
internal import KubeAPIServer

/// Who is let in, what they may do, what is written down of it, how it lies in the store, and what is being tried out.
struct SecurityOptions: ParsableArguments {
    @OptionGroup var audit: AuditOptions
    @OptionGroup var encryption: EncryptionOptions
    @OptionGroup var authentication: AuthenticationOptions
    @OptionGroup var authorization: AuthorizationOptions
    @OptionGroup var features: FeatureOptions
    @OptionGroup var admission: AdmissionOptions
    @OptionGroup var tracing: TracingOptions

    /// Reads the files that the options name.
    func apply(to configuration: inout APIServerConfiguration, time: any Timekeeper) throws {
        configuration.audit = try audit.configuration(time: time)
        configuration.encryption = try encryption.providers()
        (configuration.authentication, configuration.authenticationFile) = try authentication.settings(
            ownIssuer: configuration.serviceAccountIssuer)
        (configuration.authorization, configuration.authorizationFile) = try authorization.settings()
        configuration.gates = try features.gates()
        configuration.enablement = try features.enablement()
        configuration.admission = try admission.configuration()
        configuration.plugins = try admission.choice()
        if configuration.plugins.isOn("ImagePolicyWebhook"), configuration.admission.imagePolicy == nil {
            throw AssemblyError("couldn't init admission plugin \"ImagePolicyWebhook\": no config specified")
        }
        configuration.tracing = try tracing.settings()
    }

    /// The same options for another process.
    var arguments: [String] {
        audit.arguments + encryption.arguments + authentication.arguments + authorization.arguments
            + features.arguments + admission.arguments + tracing.arguments
    }
}
