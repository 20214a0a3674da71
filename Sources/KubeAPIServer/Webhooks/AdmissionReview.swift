package import APIMachinery

/// What a webhook is asked and what it answers (admission.k8s.io v1 and v1beta1, which have the same fields).
package enum AdmissionReview {
    /// - seen: the resource and kind as which the webhook sees the objects.
    static func request(
        _ request: AdmissionRequest, version: String, uid: String, seenResource: GroupVersionResource,
        seenKind: GroupVersionKind
    ) -> Value {
        var body: Value = [
            "uid": .string(uid), "kind": kind(seenKind), "resource": resource(seenResource),
            "requestKind": kind(request.kind), "requestResource": resource(request.resource),
            "operation": .string(request.operation.rawValue), "userInfo": user(request.user),
            "object": request.object ?? .null, "oldObject": request.oldObject ?? .null,
            "dryRun": .bool(request.isDryRun), "options": request.options ?? .null,
        ]
        for (name, text) in [
            ("subResource", request.subresource), ("requestSubResource", request.subresource),
            ("name", request.name), ("namespace", request.namespace),
        ] where !text.isEmpty { body[name] = .string(text) }
        return [
            "apiVersion": .string("admission.k8s.io/\(version)"), "kind": "AdmissionReview", "request": body,
        ]
    }

    private static func kind(_ kind: GroupVersionKind) -> Value {
        ["group": .string(kind.group), "version": .string(kind.version), "kind": .string(kind.kind)]
    }

    private static func resource(_ resource: GroupVersionResource) -> Value {
        [
            "group": .string(resource.group), "version": .string(resource.version),
            "resource": .string(resource.resource),
        ]
    }

    private static func user(_ user: UserInfo) -> Value {
        var value: Value = ["username": .string(user.name)]
        if !user.uid.isEmpty { value["uid"] = .string(user.uid) }
        if !user.groups.isEmpty { value["groups"] = .strings(user.groups) }
        if !user.extra.isEmpty {
            var extra = Value.emptyObject
            for (name, values) in user.extra { extra[name] = .strings(values) }
            value["extra"] = extra
        }
        return value
    }

    /// A webhook's verdict.
    package struct Answer: Sendable {
        package let isAllowed: Bool
        /// JSON patch operations; `nil` when nothing changes.
        package let patch: Value?
        package let status: Value?
        package let warnings: [String]
        /// For whoever writes the request down; keys without the webhook's name.
        package var annotations: [String: String] = [:]
    }

    /// Reads an answer, in the words of upstream where it is none.
    package static func answer(_ review: Value, version: String, uid: String, mayPatch: Bool) throws(WebhookCallError) -> Answer {
        guard let response = review["response"], !response.isNull else {
            throw WebhookCallError("webhook response was absent")
        }
        if version == "v1" {
            let apiVersion = review["apiVersion"]?.stringValue ?? ""
            let kind = review["kind"]?.stringValue ?? ""
            guard apiVersion == "admission.k8s.io/v1", kind == "AdmissionReview" else {
                throw WebhookCallError(
                    "expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview, got \(apiVersion), Kind=\(kind)")
            }
            let answered = response["uid"]?.stringValue ?? ""
            guard answered == uid else {
                throw WebhookCallError("expected response.uid=\"\(uid)\", got \"\(answered)\"")
            }
        }
        let patch = try patch(response, version: version)
        if patch != nil, !mayPatch {
            throw WebhookCallError("validating webhook may not return response.patch")
        }
        return Answer(
            isAllowed: response["allowed"]?.boolValue ?? false, patch: patch, status: response["status"],
            warnings: (response["warnings"]?.arrayValue ?? []).compactMap(\.stringValue),
            annotations: response["auditAnnotations"]?.stringMap ?? [:])
    }

    private static func patch(_ response: Value, version: String) throws(WebhookCallError) -> Value? {
        let type = response["patchType"]?.stringValue
        guard let text = response["patch"]?.stringValue, !text.isEmpty else {
            guard type == nil || version == "v1beta1" else {
                throw WebhookCallError("webhook returned response.patchType but not response.patch")
            }
            return nil
        }
        guard type != nil || version == "v1beta1" else {
            throw WebhookCallError("webhook returned response.patch but not response.patchType")
        }
        guard type == nil || type == "JSONPatch" else {
            throw WebhookCallError("invalid webhook response.patchType: \"\(type ?? "")\"")
        }
        guard let bytes = Base64.decode(Array(text.utf8)) else {
            throw WebhookCallError("webhook returned a patch that is not base64")
        }
        do throws(JSONError) { return try Value(json: bytes) } catch {
            throw WebhookCallError("webhook returned a patch that is no JSON: \(error)")
        }
    }

    /// A refusal as the client sees it: the webhook's own status, under its name.
    package static func refusal(by webhook: String, _ status: Value?) -> StatusError {
        var status = status ?? .emptyObject
        status["kind"] = "Status"
        status["status"] = "Failure"
        var error = StatusError(status: status) ?? .internalError("")
        error.code = max(error.code, 400)
        let text = "admission webhook \"\(webhook)\" denied the request"
        let reason = status["reason"]?.stringValue ?? ""
        if !error.message.isEmpty {
            error.message = "\(text): \(error.message)"
        } else {
            error.message = reason.isEmpty ? "\(text) without explanation" : "\(text): \(reason)"
        }
        return error
    }
}
