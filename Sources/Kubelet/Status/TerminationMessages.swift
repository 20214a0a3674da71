internal import APITypes
internal import ContainerRuntime

/// What containers left behind as their last words: a file, or the end of their log.
enum TerminationMessages {
    static let fileMax = 4096
    static let logMax = 2048
    static let logLinesMax = 80

    /// By container id; only for containers that have ended.
    static func read(_ runtime: PodRuntime) -> [String: String] {
        var messages: [String: String] = [:]
        for container in runtime.containers where container.state == .exited {
            let message = message(of: container.status)
            if !message.isEmpty { messages[container.id] = message }
        }
        return messages
    }

    private static func message(of status: RuntimeContainerStatus) -> String {
        let path = status.annotations[PodLabels.terminationMessagePath] ?? ""
        if !path.isEmpty, let mount = status.mounts.first(where: { $0.containerPath == path }),
            // A file that is gone with its volume has nothing to say.
            let bytes = try? HostFiles.read(mount.hostPath, max: fileMax), !bytes.isEmpty
        {
            return String(decoding: bytes, as: UTF8.self)
        }
        let usesLog = status.annotations[PodLabels.terminationMessagePolicy] == "FallbackToLogsOnError"
        guard usesLog, status.exitCode != 0, !status.logPath.isEmpty else { return status.message }
        let tail = LogTail.lines(status.logPath, count: logLinesMax)
        return String(decoding: tail.flatMap(\.content).suffix(logMax), as: UTF8.self)
    }
}
