internal import APIMachinery
internal import APIRegistry
internal import Determinism

/// What `kubectl get jobs` and `kubectl get cronjobs` show.
enum BatchTables {
    static let job: [TableColumn] =
        [
            .name,
            .text("Status", "Whether the job runs, waits or has ended, and how.", cell: status),
            .text("Completions", "Pods that did their work, of those needed.", cell: completions),
            .moment("Duration", "How long the job has run, or ran.", cell: duration),
            .age,
        ] + TemplateColumns.containers() + [TemplateColumns.selector]

    static let cronJob: [TableColumn] =
        [
            .name,
            .text("Schedule", "When jobs are made.") { $0.text("spec", "schedule") },
            .text("Timezone", "Whose clock the schedule means.") { $0.text("spec", "timeZone").orNone },
            .text("Suspend", "Whether no jobs are made for now.", type: "boolean") { job in
                job[path: "spec", "suspend"]?.boolValue.map { $0 ? "True" : "False" } ?? "<unset>"
            },
            .number("Active", "How many jobs run.") { Int64($0.items("status", "active").count) },
            .moment("Last Schedule", "Time since the last job was made.") { job, moment in
                job.time("status", "lastScheduleTime").map { moment.age(since: $0) } ?? "<none>"
            },
            .age,
        ] + TemplateColumns.containers { $0[path: "spec", "jobTemplate", "spec", "template"] } + [
            .text("Selector", "Which pods belong to the jobs.", wide: true) {
                SelectorText.selector($0[path: "spec", "jobTemplate", "spec", "selector"])
            }
        ]

    private static func status(_ job: Value) -> String {
        if job.isTrue("Complete") { return "Complete" }
        if job.isTrue("Failed") { return "Failed" }
        if job.has("metadata", "deletionTimestamp") { return "Terminating" }
        if job.isTrue("Suspended") { return "Suspended" }
        if job.isTrue("FailureTarget") { return "FailureTarget" }
        return job.isTrue("SuccessCriteriaMet") ? "SuccessCriteriaMet" : "Running"
    }

    private static func completions(_ job: Value) -> String {
        let succeeded = job.number("status", "succeeded")
        if job.has("spec", "completions") { return "\(succeeded)/\(job.number("spec", "completions"))" }
        let parallelism = job.number("spec", "parallelism")
        return parallelism > 1 ? "\(succeeded)/1 of \(parallelism)" : "\(succeeded)/1"
    }

    private static func duration(_ job: Value, _ moment: TableMoment) -> String {
        guard let start = job.time("status", "startTime") else { return "" }
        return HumanDuration.short((job.time("status", "completionTime") ?? moment.now) - start)
    }
}
