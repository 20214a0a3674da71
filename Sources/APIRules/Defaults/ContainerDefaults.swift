internal import APIMachinery

enum ContainerDefaults {
    static func apply(_ container: inout Fields) {
        container.setDefault("imagePullPolicy", ImageName.isLatest(container.text("image")) ? "Always" : "IfNotPresent")
        container.setDefault("resources", .emptyObject)
        container.setDefault("terminationMessagePath", "/dev/termination-log")
        container.setDefault("terminationMessagePolicy", "File")
        container.inItems("ports") { $0.setDefault("protocol", "TCP") }
        container.inItems("env") { variable in
            variable.inObject("valueFrom") { source in
                source.inObject("fieldRef") { $0.setDefault("apiVersion", "v1") }
                source.inObject("fileKeyRef") { $0.setDefault("optional", false) }
            }
        }
        for probe in ["livenessProbe", "readinessProbe", "startupProbe"] {
            container.inObject(probe) { applyProbe(&$0) }
        }
        container.inObject("lifecycle") { lifecycle in
            lifecycle.inObject("postStart") { applyHandler(&$0) }
            lifecycle.inObject("preStop") { applyHandler(&$0) }
        }
    }

    private static func applyProbe(_ probe: inout Fields) {
        probe.setDefault("failureThreshold", 3)
        probe.setDefault("periodSeconds", 10)
        probe.setDefault("successThreshold", 1)
        probe.setDefault("timeoutSeconds", 1)
        applyHandler(&probe)
    }

    private static func applyHandler(_ handler: inout Fields) {
        handler.inObject("httpGet") {
            $0.setDefault("path", "/")
            $0.setDefault("scheme", "HTTP")
        }
        handler.inObject("grpc") { if $0["service"] == nil { $0["service"] = "" } }
    }
}

enum ImageName {
    /// Whether a reference names the tag `latest`, or neither tag nor digest.
    static func isLatest(_ reference: String) -> Bool {
        let bytes = reference.utf8
        guard !bytes.isEmpty else { return false }
        let hasDigest = bytes.contains(UInt8(ascii: "@"))
        let named = bytes.prefix { $0 != UInt8(ascii: "@") }
        guard let colon = named.lastIndex(of: UInt8(ascii: ":")),
            !named[colon...].contains(UInt8(ascii: "/"))
        else { return !hasDigest }
        return named[colon...].dropFirst().elementsEqual("latest".utf8)
    }
}
