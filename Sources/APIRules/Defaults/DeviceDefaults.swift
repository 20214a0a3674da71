package import APIMachinery

/// Upstream's defaults of claims to devices and their templates.
package enum DeviceDefaults {
    package static func claim(_ object: inout Fields) {
        object.inObject("spec") { applySpec(&$0) }
    }

    package static func template(_ object: inout Fields) {
        object.inObject("spec") { spec in spec.inObject("spec") { applySpec(&$0) } }
    }

    private static func applySpec(_ spec: inout Fields) {
        spec.inObject("devices") { devices in
            devices.inItems("requests") { request in
                request.inObject("exactly") { applyRequest(&$0) }
                request.inItems("firstAvailable") { applyRequest(&$0) }
            }
        }
    }

    /// One device, where nothing is said.
    private static func applyRequest(_ request: inout Fields) {
        request.setDefault("allocationMode", "ExactCount")
        if request["allocationMode"] == "ExactCount", (request["count"]?.integerValue ?? 0) == 0 {
            request["count"] = 1
        }
        request.inItems("tolerations") { $0.setDefault("operator", "Equal") }
    }
}
