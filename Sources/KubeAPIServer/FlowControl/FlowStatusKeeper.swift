internal import APIMachinery
internal import APIRegistry
internal import Determinism
internal import Logging

/// Writes into the status of FlowSchemas whether their levels exist; only when one of either has changed.
final class FlowStatusKeeper: Sendable {
    private let objects: ObjectLookup
    private let time: any Timekeeper
    private let random: any RandomSource
    private let logger: Logger
    private let news: AsyncStream<Void>
    private let tell: AsyncStream<Void>.Continuation

    init(objects: ObjectLookup, time: any Timekeeper, random: any RandomSource, logger: Logger) {
        self.objects = objects
        self.time = time
        self.random = random
        self.logger = logger
        (news, tell) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    func changed() { tell.yield() }

    /// Until cancelled.
    func run() async {
        for await _ in news {
            do throws(StatusError) { try await write() } catch {
                logger.warning("the status of a flow schema could not be written", metadata: ["error": "\(error)"])
            }
        }
    }

    private func write() async throws(StatusError) {
        let group = "flowcontrol.apiserver.k8s.io"
        let schemas = try objects.store("flowschemas", group: group)
        let levels = try objects.store("prioritylevelconfigurations", group: group)
        let context = WriteContext(time: time, random: random)
        for object in schemas.cache.list(ObjectFilter()).objects {
            let schema = try object.value()
            guard let status = status(of: schema, levels) else { continue }
            do throws(StatusError) {
                _ = try await schemas.update(
                    String(object.name), namespace: "", scope: .status, context: context
                ) { (old) async throws(StatusError) in
                    var new = old
                    new["status"] = status
                    return new
                }
            } catch {
                // It is gone meanwhile: then nothing has to be said of it.
                guard error.reason == .notFound else { throw error }
            }
        }
    }

    private func status(of schema: Value, _ levels: ResourceStore) -> Value? {
        let level = schema[path: "spec", "priorityLevelConfiguration", "name"]?.stringValue ?? ""
        let isFound = levels.cache.get(levels.key(namespace: "", name: level)) != nil
        return FlowStatusPlan.status(of: schema, isFound: isFound, now: time.now)
    }
}
