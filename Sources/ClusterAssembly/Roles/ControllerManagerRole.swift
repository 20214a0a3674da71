internal import ClusterControllers
internal import ClusterPKI
internal import ControllerRuntime
internal import Determinism
internal import Logging
internal import WorkloadControllers

/// The controllers, each a loop that drives what is towards what is wanted.
struct ControllerManagerRole: Sendable {
    let wire: Wire
    /// Signs certificate requests; pods are told to trust it.
    let authority: CertificateAuthority
    let clusterCIDR: String
    let nodeLifecycle: NodeLifecycleSettings
    let leadership: Leadership
    let time: any Timekeeper
    let random: any RandomSource
    let logger: Logger

    func run() async throws {
        let name = "kube-controller-manager"
        // Watches and asks for tokens as itself; writes as the controllers.
        let context = ControllerContext(
            component: name, client: wire.client(name), time: time, random: random, logger: logger,
            accounts: { wire.client(name, account: $0, time: time) })
        var settings = ClusterSettings(
            authority: authority.pem.certificate, signer: authority, clusterCIDR: clusterCIDR)
        settings.nodeLifecycle = nodeLifecycle
        let controllers = WorkloadControllerList.all(context) + ClusterControllerList.all(context, settings)
        try await leadership.run(context) { try await context.run(controllers) }
    }
}
