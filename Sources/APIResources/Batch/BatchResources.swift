internal import APIMachinery
internal import APIRegistry
internal import APIRules

/// The group `batch`.
enum BatchResources {
    static let all: [String: ResourceCustomization] = [
        "jobs": ResourceCustomization(
            strategy: RuleStrategy(
                initialStatus: [:], defaults: WorkloadDefaults.job, onCreate: { JobPreparation.select(&$0) },
                createCheck: JobRules.creation, updateCheck: JobRules.update, statusCheck: JobStatusRules.update),
            columns: BatchTables.job,
            selectableFields: [
                SelectableField("status.successful") {
                    String($0[path: "status", "succeeded"]?.integerValue ?? 0)
                }
            ]),
        "cronjobs": ResourceCustomization(
            strategy: RuleStrategy(
                initialStatus: [:], defaults: WorkloadDefaults.cronJob, createCheck: CronJobRules.creation,
                updateCheck: CronJobRules.update),
            columns: BatchTables.cronJob),
    ]
}

/// A job finds its pods by labels that the server makes up, unless its author insists on his own.
enum JobPreparation {
    static let uidLabel = "batch.kubernetes.io/controller-uid"
    static let nameLabel = "batch.kubernetes.io/job-name"
    private static let legacyUIDLabel = "controller-uid"
    private static let legacyNameLabel = "job-name"

    static func select(_ job: inout Fields) {
        let name = job["metadata"]?["name"] ?? ""
        let uid = job["metadata"]?["uid"] ?? ""
        job.inObject("spec") { spec in
            guard spec["manualSelector"] != true else { return }
            spec.inNewObject("template") { template in
                template.inNewObject("metadata") { metadata in
                    metadata.inNewObject("labels") { labels in
                        for (key, value) in [
                            (legacyNameLabel, name), (nameLabel, name), (legacyUIDLabel, uid), (uidLabel, uid),
                        ] where labels[key] == nil { labels[key] = value }
                    }
                }
            }
            spec.inNewObject("selector") { selector in
                selector.inNewObject("matchLabels") { if $0[uidLabel] == nil { $0[uidLabel] = uid } }
            }
        }
    }
}
