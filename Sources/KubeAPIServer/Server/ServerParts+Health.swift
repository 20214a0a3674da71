internal import APIMachinery
internal import APIRegistry
internal import Determinism
internal import KeyValueStore

/// What has to be well for the server to be well; names are upstream's.
extension ServerParts {
    /// How long the store may take to answer.
    private static let storeTimeout = Duration.seconds(2)

    /// What upstream starts in parts, and has started here when the server begins to answer.
    private static let hooks = [
        "start-apiserver-admission-initializer", "generic-apiserver-start-informers",
        "priority-and-fairness-config-consumer", "priority-and-fairness-filter", "storage-object-count-tracker-hook",
        "start-apiextensions-informers", "start-apiextensions-controllers", "crd-informer-synced",
        "start-system-namespaces-controller", "start-legacy-token-tracking-controller",
        "start-service-ip-repair-controllers", "rbac/bootstrap-roles",
        "scheduling/bootstrap-system-priority-classes", "priority-and-fairness-config-producer",
        "bootstrap-controller", "start-kube-aggregator-informers", "apiservice-status-local-available-controller",
        "apiservice-status-remote-available-controller", "apiservice-registration-controller",
        "apiservice-discovery-controller", "kube-apiserver-autoregistration",
    ]

    var healthChecks: [HealthPages.Check] {
        let (isReady, isLeaving) = (isReady, isLeaving)
        let store: @Sendable () async -> String? = { [state, time] in
            await Self.problem(of: state, time)
        }
        var checks: [HealthPages.Check] = [
            .init("ping") { nil }, .init("log") { nil }, .init("etcd", problem: store),
            .init("etcd-readiness", on: [.readyz], problem: store),
            .init("informer-sync", on: [.readyz]) { isReady.isOn ? nil : "1 informers not started yet" },
        ]
        checks += Self.hooks.map { hook in
            .init("poststarthook/\(hook)") { isReady.isOn ? nil : "not finished" }
        }
        checks.append(.init("autoregister-completion") { isReady.isOn ? nil : "missing APIService" })
        checks.append(.init("shutdown", on: [.readyz]) { isLeaving.isOn ? "process is shutting down" : nil })
        return checks
    }

    private static func problem(of state: ClusterState, _ time: any Timekeeper) async -> String? {
        await withTaskGroup(of: String?.self) { group in
            group.addTask {
                do throws(StoreError) {
                    _ = try await state.latestRevision()
                    return nil
                } catch { return "\(error)" }
            }
            group.addTask {
                // Who was faster cancels this.
                guard (try? await time.sleep(for: storeTimeout)) != nil else { return nil }
                return "context deadline exceeded"
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
    }
}
