package import APIMachinery

/// Upstream's defaults of everything that makes pods.
package enum WorkloadDefaults {
    package static func deployment(_ object: inout Fields) {
        object.inNewObject("spec") { spec in
            spec.setDefault("replicas", 1)
            spec.setDefault("revisionHistoryLimit", 10)
            spec.setDefault("progressDeadlineSeconds", 600)
            spec.inNewObject("strategy") { strategy in
                strategy.setDefault("type", "RollingUpdate")
                guard strategy["type"] == "RollingUpdate" else { return }
                strategy.inNewObject("rollingUpdate") {
                    $0.setDefault("maxUnavailable", "25%")
                    $0.setDefault("maxSurge", "25%")
                }
            }
            spec.inObject("template") { PodDefaults.applyTemplate(&$0) }
        }
    }

    package static func replicaSet(_ object: inout Fields) {
        object.inNewObject("spec") { spec in
            spec.setDefault("replicas", 1)
            spec.inObject("template") { PodDefaults.applyTemplate(&$0) }
        }
    }

    /// The template's labels stand in for a missing selector and missing labels.
    package static func replicationController(_ object: inout Fields) {
        let labels = object["spec"]?["template"]?["metadata"]?["labels"]
        replicaSet(&object)
        guard let labels, !(labels.objectValue?.isEmpty ?? true) else { return }
        object.inObject("spec") { if $0.isEmptyCollection("selector") { $0["selector"] = labels } }
        labelLikeTemplate(&object, labels)
    }

    package static func statefulSet(_ object: inout Fields) {
        object.inNewObject("spec") { spec in
            spec.setDefault("replicas", 1)
            spec.setDefault("revisionHistoryLimit", 10)
            spec.setDefault("podManagementPolicy", "OrderedReady")
            spec.inNewObject("updateStrategy") { strategy in
                if strategy.isUnset("type") {
                    strategy["type"] = "RollingUpdate"
                    strategy.setDefault("rollingUpdate", .emptyObject)
                }
                if strategy["type"] == "RollingUpdate" {
                    strategy.inObject("rollingUpdate") { $0.setDefault("partition", 0) }
                }
            }
            spec.inNewObject("persistentVolumeClaimRetentionPolicy") {
                $0.setDefault("whenDeleted", "Retain")
                $0.setDefault("whenScaled", "Retain")
            }
            spec.inObject("template") { PodDefaults.applyTemplate(&$0) }
            spec.inItems("volumeClaimTemplates") { claim in
                claim["apiVersion"] = "v1"
                claim["kind"] = "PersistentVolumeClaim"
                VolumeObjectDefaults.claim(&claim)
            }
        }
    }

    package static func daemonSet(_ object: inout Fields) {
        object.inNewObject("spec") { spec in
            spec.setDefault("revisionHistoryLimit", 10)
            spec.inNewObject("updateStrategy") { strategy in
                strategy.setDefault("type", "RollingUpdate")
                guard strategy["type"] == "RollingUpdate" else { return }
                strategy.inNewObject("rollingUpdate") {
                    $0.setDefault("maxUnavailable", 1)
                    $0.setDefault("maxSurge", 0)
                }
            }
            spec.inObject("template") { PodDefaults.applyTemplate(&$0) }
        }
    }

    package static func job(_ object: inout Fields) {
        let labels = object["spec"]?["template"]?["metadata"]?["labels"]
        object.inNewObject("spec") { spec in
            if spec["parallelism"] == nil, spec["completions"] == nil { spec["completions"] = 1 }
            spec.setDefault("parallelism", 1)
            spec.setDefault("backoffLimit", spec["backoffLimitPerIndex"] == nil ? 6 : .integer(Int64(Int32.max)))
            spec.setDefault("completionMode", "NonIndexed")
            spec.setDefault("manualSelector", false)
            spec.setDefault(
                "podReplacementPolicy", spec["podFailurePolicy"] == nil ? "TerminatingOrFailed" : "Failed")
            spec.setDefault("suspend", false)
            applyJobSpec(&spec)
        }
        if let labels, !(labels.objectValue?.isEmpty ?? true) { labelLikeTemplate(&object, labels) }
    }

    package static func cronJob(_ object: inout Fields) {
        object.inNewObject("spec") { spec in
            spec.setDefault("concurrencyPolicy", "Allow")
            spec.setDefault("suspend", false)
            spec.setDefault("successfulJobsHistoryLimit", 3)
            spec.setDefault("failedJobsHistoryLimit", 1)
            spec.inObject("jobTemplate") { $0.inObject("spec") { applyJobSpec(&$0) } }
        }
    }

    package static func podTemplate(_ object: inout Fields) {
        object.inObject("template") { PodDefaults.applyTemplate(&$0) }
    }

    private static func applyJobSpec(_ spec: inout Fields) {
        spec.inObject("template") { PodDefaults.applyTemplate(&$0) }
        spec.inObject("podFailurePolicy") { policy in
            policy.inItems("rules") { rule in
                rule.inItems("onPodConditions") { $0.setDefault("status", "True") }
            }
        }
    }

    private static func labelLikeTemplate(_ object: inout Fields, _ labels: Value) {
        object.inNewObject("metadata") { if $0.isEmptyCollection("labels") { $0["labels"] = labels } }
    }
}

/// Defaults of PersistentVolumes and claims.
package enum VolumeObjectDefaults {
    package static func claim(_ object: inout Fields) {
        object.inNewObject("spec") { $0.setDefault("volumeMode", "Filesystem") }
        object.inNewObject("status") { $0.setDefault("phase", "Pending") }
    }

    package static func volume(_ object: inout Fields) {
        object.inNewObject("spec") { spec in
            spec.setDefault("persistentVolumeReclaimPolicy", "Retain")
            spec.setDefault("volumeMode", "Filesystem")
            for kind in ["hostPath", "iscsi", "rbd", "azureDisk", "scaleIO"] {
                spec.inObject(kind) { VolumeDefaults.applyStorage(kind, &$0) }
            }
        }
        object.inNewObject("status") { $0.setDefault("phase", "Pending") }
    }
}
