package import APIMachinery
internal import TimeZones

/// What must hold for cron jobs (`batch/validation`).
package enum CronJobRules {
    private static let nameMax = 52

    /// A new one: there is room for what the controller appends to the names of jobs.
    package static func creation(_ object: Value) -> [FieldError] {
        Findings.of { findings in
            let cron = FieldView(object)
            checkSpec(cron["spec"], nil, &findings)
            let name = cron["metadata"]["name"]
            if name.text.utf8.count > nameMax {
                findings.add(name.invalid("must be no more than \(nameMax) bytes"))
            }
        }
    }

    package static func update(_ object: Value, from old: Value) -> [FieldError] {
        Findings.of { checkSpec(FieldView(object)["spec"], FieldView(old)["spec"], &$0) }
    }

    private static func checkSpec(_ spec: FieldView, _ old: FieldView?, _ findings: inout Findings) {
        checkSchedule(spec, allowsZone: old?["schedule"].text.contains("TZ") ?? false, &findings)
        findings.nonNegative(spec["startingDeadlineSeconds"])
        // A zone that has vanished from the database may stay; nobody can choose it any more.
        if old == nil || old?["timeZone"].value != spec["timeZone"].value { checkZone(spec["timeZone"], &findings) }
        findings.choice(spec["concurrencyPolicy"], ["Allow", "Forbid", "Replace"])
        let job = spec["jobTemplate"]["spec"]
        JobRules.checkSpec(job, &findings)
        if job["selector"].exists { findings.add(job["selector"].invalid("`selector` will be auto-generated")) }
        if job["manualSelector"].flag { findings.add(job["manualSelector"].notSupported(["nil", "false"])) }
        for field in ["successfulJobsHistoryLimit", "failedJobsHistoryLimit"] { findings.nonNegative(spec[field]) }
    }

    private static func checkZone(_ zone: FieldView, _ findings: inout Findings) {
        guard zone.exists else { return }
        guard !zone.isEmpty else { return findings.add(zone.invalid("timeZone must be nil or non-empty string")) }
        if zone.text.lowercased() == "local" {
            findings.add(
                zone.invalid("timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones"))
        }
        if zone.text != "Local", TimeZone.named(zone.text) == nil {
            findings.add(zone.invalid("unknown time zone \(zone.text)"))
        }
    }

    private static func checkSchedule(_ spec: FieldView, allowsZone: Bool, _ findings: inout Findings) {
        let schedule = spec["schedule"]
        guard !schedule.isEmpty else { return findings.add(schedule.required()) }
        if let fault = CronText.fault(schedule.text) { findings.add(schedule.invalid(fault)) }
        guard schedule.text.contains("TZ") else { return }
        if !allowsZone {
            findings.add(schedule.invalid("cannot use TZ or CRON_TZ in schedule, use timeZone field instead"))
        } else if spec["timeZone"].exists {
            findings.add(schedule.invalid("cannot use both timeZone field and TZ or CRON_TZ in schedule"))
        }
    }
}
