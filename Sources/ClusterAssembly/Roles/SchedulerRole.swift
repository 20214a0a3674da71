internal import ControllerRuntime
internal import Determinism
internal import Logging

/// Gives pods their nodes.
struct SchedulerRole: Sendable {
    let wire: Wire
    let time: any Timekeeper
    let random: any RandomSource
    let logger: Logger

    func run() async throws {
        let context = ControllerContext(
            component: "default-scheduler", client: wire.client("kube-scheduler"), time: time, random: random,
            logger: logger)
        try await context.run([])
    }
}
