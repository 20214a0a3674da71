internal import APIMachinery
internal import APITypes
internal import ContainerRuntime
internal import Determinism

/// Runs what a container wants to happen right after its start and right before its end.
struct LifecycleHooks: Sendable {
    let runtime: any ContainerService
    let time: any Timekeeper

    /// Returns what went wrong, nil when all went well. `limit` nil waits as long as it takes.
    func run(
        _ hook: LifecycleHandler, _ container: Container, id: String, podIP: String, limit: Duration?
    ) async -> String? {
        if let exec = hook.exec { return await command(exec.command, id: id, limit: limit) }
        if let get = hook.httpGet {
            let port = get.port.text.isEmpty ? 80 : container.port(get.port.text) ?? 0
            let target = HTTPTarget(get, host: get.host.isEmpty ? podIP : get.host, port: port)
            switch await ProbeHTTPClient(time: time).get(target, timeout: limit ?? .seconds(30)) {
            case .success: return nil
            case .failure(let why), .error(let why): return why
            }
        }
        if let sleep = hook.sleep {
            // Cancelled: the pod is to end sooner than the hook thought.
            try? await time.sleep(for: min(.seconds(sleep.seconds), limit ?? .seconds(sleep.seconds)))
        }
        return nil
    }

    private func command(_ command: [String], id: String, limit: Duration?) async -> String? {
        let text = command.joined(separator: " ")
        do throws(RuntimeServiceError) {
            let result = try await runtime.execSync(id, command: command, timeout: limit)
            guard result.exitCode != 0 else { return nil }
            let output = String(decoding: (result.stdout + result.stderr).prefix(Prober.outputMax), as: UTF8.self)
            return "Exec lifecycle hook ([\(text)]) failed - error: command '\(text)' exited with \(result.exitCode): "
                + "\(output), message: \"\(output)\""
        } catch {
            return "Exec lifecycle hook ([\(text)]) failed - error: \(error.message)"
        }
    }
}
