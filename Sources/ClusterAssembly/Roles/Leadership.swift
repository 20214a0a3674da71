internal import ControllerRuntime
internal import Glibc
internal import Logging

/// Work that only one of several processes may do at a time.
struct Leadership: Sendable {
    /// `nil`: there is no other process.
    let settings: LeaderElectionSettings?

    /// Works once this process leads. One that may no longer lead ends at once: whatever it is just about to write,
    /// it must not.
    func run(_ context: ControllerContext, _ work: @escaping @Sendable () async throws -> Void) async throws {
        guard let settings else { return try await work() }
        let elector = LeaderElector(
            settings, client: context.client, recorder: context.recorder, time: context.time, random: context.random,
            logger: context.logger)
        let logger = context.logger
        try await elector.run(
            lost: {
                logger.critical("\(LeaderElectionError.lost)")
                exit(1)
            }, work)
    }
}
