internal import ControllerRuntime
internal import Determinism
internal import KubeScheduler
internal import Logging

/// Gives pods their nodes.
struct SchedulerRole: Sendable {
    let wire: Wire
    let leadership: Leadership
    let time: any Timekeeper
    let random: any RandomSource
    let logger: Logger

    func run() async throws {
        let context = ControllerContext(
            component: "default-scheduler", client: wire.client("kube-scheduler"), time: time, random: random,
            logger: logger)
        let scheduler = Scheduler(
            client: context.client, informers: context.informers, recorder: context.recorder, time: time,
            random: random, logger: logger)
        try await leadership.run(context) {
            try await withThrowingDiscardingTaskGroup { group in
                group.addTask { try await context.run([]) }
                group.addTask { try await scheduler.run() }
            }
        }
    }
}
