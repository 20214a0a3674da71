internal import ContainerRuntime
internal import Determinism
internal import Logging

/// Keeps containers' logs from filling the disk: the newest file keeps its name, older ones carry a time.
struct LogRotation: Sendable {
    let runtime: any ContainerService
    let maxBytes: Int64
    let maxFiles: Int
    let time: any Timekeeper
    let logger: Logger

    /// Rotates the container's log if it has grown too large.
    func look(_ container: RuntimeContainerStatus) async {
        let path = container.logPath
        guard !path.isEmpty, let size = HostFiles.size(path), size > maxBytes else { return }
        do {
            let stamp = time.now.rfc3339.filter { $0.isNumber }
            try HostFiles.rename(path, to: "\(path).\(stamp)")
            do throws(RuntimeServiceError) {
                try await runtime.reopenContainerLog(container.id)
            } catch {
                // The container writes on into the renamed file: its name goes back, so that readers find it.
                try HostFiles.rename("\(path).\(stamp)", to: path)
                throw error
            }
            for old in Self.surplus(in: path, keeping: maxFiles) { try HostFiles.remove(old) }
        } catch {
            logger.warning("a log could not be rotated", metadata: ["path": "\(path)", "error": "\(error)"])
        }
    }

    /// Rotated files beyond those that are kept beside the live one, oldest first by name.
    static func surplus(in path: String, keeping files: Int) -> [String] {
        guard let slash = path.lastIndex(of: "/") else { return [] }
        let directory = String(path[..<slash])
        let name = String(path[path.index(after: slash)...])
        let rotated = HostFiles.names(in: directory).filter { $0.hasPrefix(name + ".") }
        return rotated.dropLast(max(files - 1, 0)).map { "\(directory)/\($0)" }
    }
}
