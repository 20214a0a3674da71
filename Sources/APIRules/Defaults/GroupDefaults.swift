package import APIMachinery

/// Upstream's defaults of the smaller API groups.
package enum GroupDefaults {
    private static let rbac: Value = "rbac.authorization.k8s.io"

    package static func roleBinding(_ object: inout Fields) {
        object.inObject("roleRef") { $0.setDefault("apiGroup", rbac) }
        object.inItems("subjects") { subject in
            if ["User", "Group"].contains(subject.text("kind")) { subject.setDefault("apiGroup", rbac) }
        }
    }

    package static func networkPolicy(_ object: inout Fields) {
        object.inNewObject("spec") { spec in
            if spec.isEmptyCollection("policyTypes") {
                spec["policyTypes"] = spec.isEmptyCollection("egress") ? ["Ingress"] : ["Ingress", "Egress"]
            }
            for direction in ["ingress", "egress"] {
                spec.inItems(direction) { rule in rule.inItems("ports") { $0.setDefault("protocol", "TCP") } }
            }
        }
    }

    package static func ingressClass(_ object: inout Fields) {
        object.inObject("spec") { spec in spec.inObject("parameters") { $0.setDefault("scope", "Cluster") } }
    }

    package static func endpointSlice(_ object: inout Fields) {
        object.inItems("ports") { port in
            if port["name"] == nil { port["name"] = "" }
            port.setDefault("protocol", "TCP")
        }
    }

    package static func priorityClass(_ object: inout Fields) {
        object.setDefault("preemptionPolicy", "PreemptLowerPriority")
    }

    package static func storageClass(_ object: inout Fields) {
        object.setDefault("reclaimPolicy", "Delete")
        object.setDefault("volumeBindingMode", "Immediate")
    }

    package static func csiDriver(_ object: inout Fields) {
        object.inNewObject("spec") { spec in
            spec.setDefault("attachRequired", true)
            spec.setDefault("fsGroupPolicy", "ReadWriteOnceWithFSType")
            spec.setDefault("podInfoOnMount", false)
            spec.setDefault("requiresRepublish", false)
            spec.setDefault("seLinuxMount", false)
            spec.setDefault("storageCapacity", false)
            if spec.isEmptyCollection("volumeLifecycleModes") { spec["volumeLifecycleModes"] = ["Persistent"] }
        }
    }

    package static func apiService(_ object: inout Fields) {
        object.inObject("spec") { spec in spec.inObject("service") { $0.setDefault("port", 443) } }
    }

    package static func flowSchema(_ object: inout Fields) {
        object.inNewObject("spec") { $0.setDefault("matchingPrecedence", 1000) }
    }

    package static func priorityLevel(_ object: inout Fields) {
        object.inNewObject("spec") { spec in
            if spec["type"] == "Exempt" {
                spec.inNewObject("exempt") {
                    $0.setDefault("nominalConcurrencyShares", 0)
                    $0.setDefault("lendablePercent", 0)
                }
            }
            spec.inObject("limited") { limited in
                limited.setDefault("nominalConcurrencyShares", 30)
                limited.setDefault("lendablePercent", 0)
                limited.inObject("limitResponse") { response in
                    response.inObject("queuing") {
                        $0.setDefault("queues", 64)
                        $0.setDefault("handSize", 8)
                        $0.setDefault("queueLengthLimit", 50)
                    }
                }
            }
        }
    }
}
