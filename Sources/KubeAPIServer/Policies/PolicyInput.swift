internal import APIMachinery
internal import CEL

/// What expressions see of a request.
struct PolicyInput: Sendable {
    let request: AdmissionRequest
    /// As which resource the request is seen.
    let seen: GroupVersionResource
    let kind: GroupVersionKind
    /// Of the request; nil for what lies in none.
    let namespace: Value?
    let authorizer: PolicyAuthorizer

    /// The values of all variables but the policy's own.
    func activation(params: Value?) -> CELActivation {
        var resource = CELAuthorizationRequest()
        resource.group = request.resource.group
        resource.resource = request.resource.resource
        resource.subresource = request.subresource
        resource.namespace = request.namespace
        resource.name = request.name
        return CELActivation([
            "object": CELValue(request.object ?? .null), "oldObject": CELValue(request.oldObject ?? .null),
            "request": CELValue(description), "namespaceObject": CELValue(namespace ?? .null),
            "params": CELValue(params ?? .null), "authorizer": AuthorizerLibrary.value(authorizer),
            "authorizer.requestResource": AuthorizerLibrary.value(authorizer, resource),
        ])
    }

    private var description: Value {
        var description: Value = [
            "kind": Self.value(kind), "resource": Self.value(seen), "requestKind": Self.value(request.kind),
            "requestResource": Self.value(request.resource), "name": .string(request.name),
            "operation": .string(request.operation.rawValue), "dryRun": .bool(request.isDryRun), "userInfo": user,
        ]
        if !request.namespace.isEmpty { description["namespace"] = .string(request.namespace) }
        if !request.subresource.isEmpty {
            description["subResource"] = .string(request.subresource)
            description["requestSubResource"] = .string(request.subresource)
        }
        return description
    }

    private var user: Value {
        let user = request.user
        var value: Value = ["username": .string(user.name), "groups": .array(user.groups.map(Value.string))]
        if !user.uid.isEmpty { value["uid"] = .string(user.uid) }
        if !user.extra.isEmpty {
            var extra = Value.emptyObject
            for (key, values) in user.extra { extra[key] = .array(values.map(Value.string)) }
            value["extra"] = extra
        }
        return value
    }

    private static func value(_ kind: GroupVersionKind) -> Value {
        ["group": .string(kind.group), "version": .string(kind.version), "kind": .string(kind.kind)]
    }

    private static func value(_ resource: GroupVersionResource) -> Value {
        [
            "group": .string(resource.group), "version": .string(resource.version),
            "resource": .string(resource.resource),
        ]
    }
}
