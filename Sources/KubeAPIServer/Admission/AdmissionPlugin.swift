package import APIMachinery

/// What a write is about to do.
package struct AdmissionRequest: Sendable {
    package enum Operation: String, Sendable, CaseIterable {
        case create = "CREATE"
        case update = "UPDATE"
        case delete = "DELETE"
        case connect = "CONNECT"
    }

    package var operation: Operation
    package var kind: GroupVersionKind
    package var resource: GroupVersionResource
    package var subresource: String
    package var namespace: String
    package var name: String
    /// The object as it will be; `nil` when it is deleted.
    package var object: Value?
    /// The object as it was; `nil` when it is created.
    package var oldObject: Value?
    package var user: UserInfo
    package var isDryRun: Bool
    /// `CreateOptions`, `UpdateOptions` or `DeleteOptions`, as webhooks are told of them.
    package var options: Value?
    /// What the client is told though the write succeeds; shared by all plugins of one request.
    package var warnings: WarningCollector
    /// What is written down of the request; plugins add annotations.
    package var audit: AuditRecord?
    /// Of the mutating pass.
    package var reinvocation = Reinvocation()

    package init(
        operation: Operation, kind: GroupVersionKind, resource: GroupVersionResource, subresource: String,
        namespace: String, name: String, object: Value?, oldObject: Value?, user: UserInfo, isDryRun: Bool,
        warnings: WarningCollector
    ) {
        self.operation = operation
        self.kind = kind
        self.resource = resource
        self.subresource = subresource
        self.namespace = namespace
        self.name = name
        self.object = object
        self.oldObject = oldObject
        self.user = user
        self.isDryRun = isDryRun
        self.warnings = warnings
    }
}

/// A check, or a change, on the way of a write into the store. First all plugins may change
/// (`admit`), later, after validation, all may reject (`validate`), in the order of their list.
package protocol AdmissionPlugin: Sendable {
    /// Upstream's name of the plugin.
    var name: String { get }

    /// Whether the plugin wants to see such a request at all.
    func handles(_ request: AdmissionRequest) -> Bool

    /// May change `request.object`.
    func admit(_ request: inout AdmissionRequest) async throws(StatusError)

    func validate(_ request: AdmissionRequest) async throws(StatusError)

    /// Whether the plugin sees an object once more that later ones changed (``Reinvocation``); otherwise it comes last.
    var isReinvocable: Bool { get }
}

extension AdmissionPlugin {
    package var isReinvocable: Bool { true }
    package func admit(_ request: inout AdmissionRequest) async throws(StatusError) {}
    package func validate(_ request: AdmissionRequest) async throws(StatusError) {}
}
