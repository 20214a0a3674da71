internal import APIClient
internal import APIMachinery
internal import APITypes
internal import Determinism
internal import Logging

/// Keeps one informer in step with the server: lists once, then watches from there.
struct Reflector<T: APIObject>: Sendable {
    /// How long the reflector waits after a failure.
    static var backoff: Backoff {
        Backoff(initial: .milliseconds(200), maximum: .seconds(10), factor: 2, jitter: 0.5)
    }

    let client: APIClient
    let informer: Informer<T>
    let scope: ListOptions
    let time: any Timekeeper
    let random: any RandomSource
    let logger: Logger

    /// Runs until cancelled.
    func run() async throws {
        var machine = ReflectorStateMachine()
        var failures = 0
        var action = machine.start()
        while !Task.isCancelled {
            switch action {
            case .listAfterPause, .watchAfterPause:
                try await time.sleep(for: Self.backoff.delay(attempt: failures, random: random))
                failures += 1
            case .list, .watch:
                break
            }
            switch action {
            case .list, .listAfterPause:
                do throws(StatusError) {
                    action = machine.listed(at: try await list())
                    failures = 0
                } catch {
                    logger.debug("list failed", metadata: ["kind": "\(T.gvk.kind)", "error": "\(error)"])
                    action = machine.ended(.failed)
                }
            case .watch(let version), .watchAfterPause(let version):
                var seen = version
                let ending = await watch(after: &seen)
                if seen != version {
                    machine.delivered(seen)
                    failures = 0
                }
                action = machine.ended(ending)
            }
        }
    }

    private func list() async throws(StatusError) -> String {
        var options = scope
        options.resourceVersion = ""
        let list = try await client.list(T.self, options: options)
        informer.replaceAll(with: list.items, at: list.metadata.resourceVersion)
        return list.metadata.resourceVersion
    }

    private func watch(after seen: inout String) async -> ReflectorStateMachine.Ending {
        var options = scope
        options.resourceVersion = seen
        options.allowWatchBookmarks = true
        do {
            for try await frame in try await client.watch(T.self, options: options) {
                switch try WatchEvent<T>(frame: frame) {
                case .added(let object), .modified(let object):
                    informer.store(object)
                    seen = object.metadata.resourceVersion
                case .deleted(let object):
                    informer.remove(object)
                    seen = object.metadata.resourceVersion
                case .bookmark(let version):
                    informer.advance(to: version)
                    seen = version
                case .error(let error):
                    throw error
                }
            }
            return .closed
        } catch let error as StatusError where error.code == 410 {
            return .expired
        } catch {
            logger.debug("watch failed", metadata: ["kind": "\(T.gvk.kind)", "error": "\(error)"])
            return .failed
        }
    }
}
