package import APIMachinery

/// What plugins are told by a file (`apiserver.config.k8s.io` AdmissionConfiguration, v1); those that have nothing to
/// be told are not asked whether they understand it.
package struct AdmissionConfiguration: Sendable {
    package var podSecurity = PodSecurityConfiguration()
    package var eventLimits: [EventLimit] = []
    /// By namespace, and the cluster's own (``PodNodeSelector``).
    package var nodeSelectors: [String: String] = [:]
    /// Of pods in namespaces that say nothing themselves (``PodTolerationRestriction``).
    package var defaultTolerations: [Value] = []
    package var allowedTolerations: [Value] = []

    /// Whom ``ImagePolicyWebhook`` asks; `nil`: nobody.
    package var imagePolicy: ImagePolicySettings?

    /// Without a file.
    package init() {}

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
        for plugin in document.value.items("plugins") {
            let bytes: [UInt8]
            if let inline = plugin["configuration"], !inline.isNull {
                bytes = inline.json
            } else if !plugin.text("path").isEmpty {
                bytes = try read(plugin.text("path"))
            } else {
                continue
            }
            try take(plugin.text("name"), bytes)
        }
    }

    private mutating func take(_ plugin: String, _ bytes: [UInt8]) throws(ConfigurationError) {
        switch plugin {
        case PodSecurityAdmission.pluginName:
            podSecurity = try PodSecurityConfiguration(bytes)
        case ImagePolicyWebhook.pluginName:
            do throws(ConfigurationError) { imagePolicy = try ImagePolicySettings(bytes) } catch {
                throw ConfigurationError("couldn't init admission plugin \(GoText.quote(plugin)): \(error.message)")
            }
        case "EventRateLimit":
            eventLimits = try EventLimit.read(bytes)
        case "PodNodeSelector":
            let documents: [Value]
            do throws(YAMLError) { documents = try YAML.parse(bytes) } catch { throw ConfigurationError(error.message) }
            nodeSelectors = documents.first?["podNodeSelectorPluginConfig"]?.stringMap ?? [:]
        case "PodTolerationRestriction":
            let tolerations = ConfigurationShape.list(
                .object([
                    "key": .string, "operator": .string, "value": .string, "effect": .string,
                    "tolerationSeconds": .integer,
                ]))
            let document = try ConfigurationDocument(
                strictly: bytes, group: "podtolerationrestriction.admission.k8s.io", versions: ["v1alpha1"],
                kind: "Configuration", shape: ["default": tolerations, "whitelist": tolerations])
            defaultTolerations = document.value.items("default")
            allowedTolerations = document.value.items("whitelist")
        case _:
            return
        }
    }
}
