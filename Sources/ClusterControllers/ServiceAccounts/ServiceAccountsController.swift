internal import APIClient
internal import APIMachinery
internal import APITypes
internal import ControllerRuntime

/// Gives every namespace its service account `default`.
///
/// **Flow.** A namespace, or the loss of its account, brings the namespace's key; a missing account is created.
///
/// **Guarantees.** A namespace that is going gets nothing.
struct ServiceAccountsController: Reconciler {
    private static let name = "default"

    let context: ControllerContext
    let namespaces: Informer<Namespace>
    let accounts: Informer<ServiceAccount>

    static func make(_ context: ControllerContext) -> Controller {
        let queue = context.queue()
        let namespaces = context.informers.informer(Namespace.self)
        let accounts = context.informers.informer(ServiceAccount.self)
        namespaces.addHandler { event in
            if case .deleted = event { return }
            queue.add(ObjectKey(name: event.object.metadata.name))
        }
        accounts.addHandler { event in
            guard case .deleted(let account) = event, account.metadata.name == name else { return }
            queue.add(ObjectKey(name: account.metadata.namespace))
        }
        let reconciler = ServiceAccountsController(context: context, namespaces: namespaces, accounts: accounts)
        return Controller(name: "serviceaccount", reconciler: reconciler, queue: queue, logger: context.logger)
    }

    func reconcile(_ key: ObjectKey) async throws -> ReconcileResult {
        await accounts.waitForSync()
        guard let namespace = namespaces.get(key), namespace.status.phase != "Terminating",
            !namespace.metadata.isBeingDeleted, accounts.get(ObjectKey(namespace: key.name, name: Self.name)) == nil
        else { return .done }
        var account = ServiceAccount()
        account.metadata.name = Self.name
        account.metadata.namespace = key.name
        do throws(StatusError) {
            _ = try await context.client.create(account)
        } catch {
            guard error.reason == .alreadyExists || error.isNamespaceEnding else { throw error }
        }
        return .done
    }
}
