internal import ArgumentParser
internal import ClusterPKI
internal import Determinism
internal import KubeAPIServer

/// What is written down of requests. Names and defaults as upstream's.
struct AuditOptions: ParsableArguments {
    @Option(help: "File that says which requests are written down, and how much of them.")
    var auditPolicyFile: String?

    @Option(help: "File to which requests are written; '-' is standard output.")
    var auditLogPath: String?

    @Option(help: "Days that old audit logs are kept; 0: for ever.")
    var auditLogMaxage = 366

    @Option(help: "How many old audit logs are kept; 0: all.")
    var auditLogMaxbackup = 100

    @Option(help: "Megabytes that an audit log may have before it is put aside; 0: any number.")
    var auditLogMaxsize = 100

    @Option(help: "json or legacy.")
    var auditLogFormat = "json"

    @Option(help: "What answers wait for: batch, blocking, blocking-strict.")
    var auditLogMode = "blocking"

    @Option(help: "Events that may wait for the log, in batch mode.")
    var auditLogBatchBufferSize = 10_000

    @Flag(help: "Leave the objects out of events that are too large for the log.")
    var auditLogTruncateEnabled = false

    @Option(help: "Bytes of the largest event for the log.")
    var auditLogTruncateMaxEventSize = 102_400

    @Option(help: "kubeconfig of a server to which events are sent.")
    var auditWebhookConfigFile: String?

    @Option(help: "What answers wait for: batch, blocking, blocking-strict.")
    var auditWebhookMode = "batch"

    @Option(help: "Events that may wait for the webhook, in batch mode.")
    var auditWebhookBatchBufferSize = 10_000

    @Option(help: "Events that are sent to the webhook at once, in batch mode.")
    var auditWebhookBatchMaxSize = 400

    @Option(help: "How long a batch may wait to become full.", transform: DurationArgument.parse)
    var auditWebhookBatchMaxWait: Duration = .seconds(30)

    @Option(help: "How long to wait before the first retry.", transform: DurationArgument.parse)
    var auditWebhookInitialBackoff: Duration = .seconds(10)

    @Flag(help: "Leave the objects out of events that are too large for the webhook.")
    var auditWebhookTruncateEnabled = false

    @Option(help: "Bytes of the largest event for the webhook.")
    var auditWebhookTruncateMaxEventSize = 102_400

    @Option(help: "Bytes of the largest batch for the webhook.")
    var auditWebhookTruncateMaxBatchSize = 10_485_760

    func validate() throws {
        try check("log", auditLogMode, buffer: auditLogBatchBufferSize, batch: 1)
        try check("webhook", auditWebhookMode, buffer: auditWebhookBatchBufferSize, batch: auditWebhookBatchMaxSize)
        guard AuditLog.Format(rawValue: auditLogFormat) != nil else {
            throw ValidationError("invalid audit log format \(auditLogFormat), allowed formats are \"legacy,json\"")
        }
        let numbers = [
            ("maxage", auditLogMaxage), ("maxbackup", auditLogMaxbackup), ("maxsize", auditLogMaxsize),
        ]
        for (name, number) in numbers where number < 0 {
            throw ValidationError("--audit-log-\(name) \(number) can't be a negative number")
        }
    }

    private func check(_ plugin: String, _ mode: String, buffer: Int, batch: Int) throws {
        guard let mode = AuditConfiguration.Mode(rawValue: mode) else {
            let all = AuditConfiguration.Mode.allCases.map(\.rawValue).joined(separator: ",")
            throw ValidationError("invalid audit \(plugin) mode \(mode), allowed modes are \"\(all)\"")
        }
        guard mode == .batch else { return }
        for (name, number) in [("buffer", buffer), ("max batch", batch)] where number <= 0 {
            throw ValidationError("invalid audit batch \(plugin) \(name) size \(number), must be a positive number")
        }
    }

    /// What the files say; `nil` where nothing is to be written down, or nowhere.
    func configuration(time: any Timekeeper) throws -> AuditConfiguration? {
        guard let auditPolicyFile else { return nil }
        let policy = try ConfigurationFile.read(auditPolicyFile, "loading audit policy file: ") {
            (bytes) throws(ConfigurationError) in try AuditPolicy(bytes)
        }
        let targets = [try logTarget(time: time), try webhookTarget()].compactMap { $0 }
        return targets.isEmpty ? nil : AuditConfiguration(policy: policy, targets: targets)
    }

    private func logTarget(time: any Timekeeper) throws -> AuditConfiguration.Target? {
        guard let auditLogPath, !auditLogPath.isEmpty else { return nil }
        let output: any AuditOutput
        if auditLogPath == "-" {
            output = StandardOutput()
        } else {
            if let slash = auditLogPath.lastIndex(of: "/"), slash != auditLogPath.startIndex {
                try SecretFile.makeDirectory(String(auditLogPath[..<slash]))
            }
            let limits = AuditFile.Limits(
                size: auditLogMaxsize > 0 ? auditLogMaxsize << 20 : nil, age: auditLogMaxage,
                backups: auditLogMaxbackup)
            do throws(AuditOutputError) { output = try AuditFile(auditLogPath, limits: limits, time: time) } catch {
                throw AssemblyError("ensureLogFile: \(error.message)")
            }
        }
        var queue = AuditQueue.Settings()
        queue.bufferMax = auditLogBatchBufferSize
        queue.batchMax = 1
        var truncation: AuditTruncation?
        if auditLogTruncateEnabled { truncation = .init(eventMax: auditLogTruncateMaxEventSize) }
        return AuditConfiguration.Target(
            .log(output, .init(rawValue: auditLogFormat) ?? .json), mode: .init(rawValue: auditLogMode) ?? .blocking,
            queue: queue, truncation: truncation)
    }

    private func webhookTarget() throws -> AuditConfiguration.Target? {
        guard let auditWebhookConfigFile, !auditWebhookConfigFile.isEmpty else { return nil }
        let kubeconfig: Kubeconfig
        do { kubeconfig = try Kubeconfig.load(auditWebhookConfigFile) } catch {
            throw AssemblyError("initializing audit webhook: \(error)")
        }
        var queue = AuditQueue.Settings()
        queue.bufferMax = auditWebhookBatchBufferSize
        queue.batchMax = auditWebhookBatchMaxSize
        queue.batchWait = auditWebhookBatchMaxWait
        var truncation: AuditTruncation?
        if auditWebhookTruncateEnabled {
            truncation = .init(
                eventMax: auditWebhookTruncateMaxEventSize, batchMax: auditWebhookTruncateMaxBatchSize)
        }
        return AuditConfiguration.Target(
            .webhook(kubeconfig, backoff: auditWebhookInitialBackoff),
            mode: .init(rawValue: auditWebhookMode) ?? .batch, queue: queue, truncation: truncation)
    }

    var arguments: [String] {
        var arguments = OptionArguments()
        arguments.add("--audit-policy-file", auditPolicyFile)
        arguments.add("--audit-log-path", auditLogPath)
        arguments.add("--audit-log-maxage", auditLogMaxage)
        arguments.add("--audit-log-maxbackup", auditLogMaxbackup)
        arguments.add("--audit-log-maxsize", auditLogMaxsize)
        arguments.add("--audit-log-format", auditLogFormat)
        arguments.add("--audit-log-mode", auditLogMode)
        arguments.add("--audit-log-batch-buffer-size", auditLogBatchBufferSize)
        arguments.add("--audit-log-truncate-enabled", auditLogTruncateEnabled)
        arguments.add("--audit-log-truncate-max-event-size", auditLogTruncateMaxEventSize)
        arguments.add("--audit-webhook-config-file", auditWebhookConfigFile)
        arguments.add("--audit-webhook-mode", auditWebhookMode)
        arguments.add("--audit-webhook-batch-buffer-size", auditWebhookBatchBufferSize)
        arguments.add("--audit-webhook-batch-max-size", auditWebhookBatchMaxSize)
        arguments.add("--audit-webhook-batch-max-wait", DurationArgument.text(auditWebhookBatchMaxWait))
        arguments.add("--audit-webhook-initial-backoff", DurationArgument.text(auditWebhookInitialBackoff))
        arguments.add("--audit-webhook-truncate-enabled", auditWebhookTruncateEnabled)
        arguments.add("--audit-webhook-truncate-max-event-size", auditWebhookTruncateMaxEventSize)
        arguments.add("--audit-webhook-truncate-max-batch-size", auditWebhookTruncateMaxBatchSize)
        return arguments.all
    }
}
