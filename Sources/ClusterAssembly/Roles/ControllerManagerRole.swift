internal import ClusterPKI
internal import ControllerRuntime
internal import Determinism
internal import Logging

/// The controllers, each a loop that drives what is towards what is wanted.
struct ControllerManagerRole: Sendable {
    let wire: Wire
    /// Signs certificate requests; pods are told to trust it.
    let authority: CertificateAuthority
    let clusterCIDR: String
    let time: any Timekeeper
    let random: any RandomSource
    let logger: Logger

    func run() async throws {
        let context = ControllerContext(
            component: "kube-controller-manager", client: wire.client("kube-controller-manager"), time: time,
            random: random, logger: logger)
        try await context.run([])
    }
}
