package import APIMachinery

/// What plugins are told by a file (`apiserver.config.k8s.io` AdmissionConfiguration, v1); of them only PodSecurity
/// reads it.
package struct AdmissionConfiguration: Sendable {
    package let podSecurity: PodSecurityConfiguration

    private static let shape: [String: ConfigurationShape] = [
        "plugins": .list(.object(["name": .string, "path": .string, "configuration": .anything]))
    ]

    /// - read: reads the file that a plugin names, relative to this one.
    package init(
        _ bytes: [UInt8], read: (String) throws(ConfigurationError) -> [UInt8]
    ) throws(ConfigurationError) {
        let document = try ConfigurationDocument(
            strictly: bytes, group: "apiserver.config.k8s.io", versions: ["v1"], kind: "AdmissionConfiguration",
            shape: Self.shape)
        var podSecurity = PodSecurityConfiguration()
        for plugin in document.value.items("plugins") where plugin.text("name") == PodSecurityAdmission.pluginName {
            if let inline = plugin["configuration"], !inline.isNull {
                podSecurity = try PodSecurityConfiguration(inline.json)
            } else if !plugin.text("path").isEmpty {
                podSecurity = try PodSecurityConfiguration(try read(plugin.text("path")))
            }
        }
        self.podSecurity = podSecurity
    }
}
