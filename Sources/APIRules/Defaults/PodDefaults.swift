package import APIMachinery

/// Upstream's defaults of pods and of whatever holds a pod's spec.
package enum PodDefaults {
    /// A pod itself gets more than a template does, so that templates keep what their author wrote.
    package static func apply(_ pod: inout Fields) {
        pod.inNewObject("spec") { spec in
            applySpec(&spec)
            spec.setDefault("enableServiceLinks", true)
            spec.inItems("containers") { requestLimits(&$0) }
            spec.inItems("initContainers") { requestLimits(&$0) }
            PodLevelDefaults.apply(&spec)
            if spec["hostNetwork"] == true {
                spec.inItems("containers") { publishPorts(&$0) }
                spec.inItems("initContainers") { publishPorts(&$0) }
            }
        }
    }

    /// The `template` of a workload.
    package static func applyTemplate(_ template: inout Fields) {
        template.inNewObject("spec") { applySpec(&$0) }
    }

    package static func applySpec(_ spec: inout Fields) {
        spec.setDefault("dnsPolicy", "ClusterFirst")
        spec.setDefault("restartPolicy", "Always")
        spec.setDefault("schedulerName", "default-scheduler")
        spec.setDefault("securityContext", .emptyObject)
        spec.setDefault("terminationGracePeriodSeconds", 30)
        mirrorAccount(&spec)
        spec.inItems("containers") { ContainerDefaults.apply(&$0) }
        spec.inItems("initContainers") { ContainerDefaults.apply(&$0) }
        spec.inItems("ephemeralContainers") { ContainerDefaults.apply(&$0) }
        spec.inItems("volumes") { VolumeDefaults.apply(&$0) }
    }

    /// `serviceAccount` is the old name of `serviceAccountName`; both are kept, the new one leads.
    private static func mirrorAccount(_ spec: inout Fields) {
        if spec.isUnset("serviceAccountName"), !spec.isUnset("serviceAccount") {
            spec["serviceAccountName"] = spec["serviceAccount"]
        }
        if !spec.isUnset("serviceAccountName"), spec["serviceAccount"] != spec["serviceAccountName"] {
            spec["serviceAccount"] = spec["serviceAccountName"]
        }
    }

    /// Who sets a limit and no request requests the limit.
    private static func requestLimits(_ container: inout Fields) {
        container.inObject("resources") { resources in
            guard let limits = resources["limits"]?.objectValue, !limits.isEmpty else { return }
            resources.inNewObject("requests") { requests in
                for limit in limits where requests[limit.name] == nil { requests[limit.name] = limit.value }
            }
        }
    }

    private static func publishPorts(_ container: inout Fields) {
        container.inItems("ports") { port in
            if (port["hostPort"]?.integerValue ?? 0) == 0 { port["hostPort"] = port["containerPort"] }
        }
    }
}

/// Defaults of `spec.resources`, a pod's own requests and limits.
enum PodLevelDefaults {
    private static let overcommitted: Set<String> = ["cpu", "memory"]

    static func apply(_ spec: inout Fields) {
        guard let limits = spec["resources"]?["limits"]?.objectValue, !limits.isEmpty else { return }
        let requested = PodRequests.ofContainers(spec)
        spec.inObject("resources") { resources in
            resources.inNewObject("requests") { requests in
                for name in overcommitted where requests[name] == nil {
                    if let sum = requested[name] { requests[name] = .string(sum.text) }
                }
                for limit in limits where requests[limit.name] == nil { requests[limit.name] = limit.value }
            }
        }
    }
}
