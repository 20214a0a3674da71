/// Why a request failed, in the API's own words. The closed list of upstream's `metav1.StatusReason`.
package enum StatusReason: String, Sendable {
    case unknown = ""
    case unauthorized = "Unauthorized"
    case forbidden = "Forbidden"
    case notFound = "NotFound"
    case alreadyExists = "AlreadyExists"
    case conflict = "Conflict"
    case gone = "Gone"
    case invalid = "Invalid"
    case serverTimeout = "ServerTimeout"
    case timeout = "Timeout"
    case tooManyRequests = "TooManyRequests"
    case badRequest = "BadRequest"
    case methodNotAllowed = "MethodNotAllowed"
    case notAcceptable = "NotAcceptable"
    case requestEntityTooLarge = "RequestEntityTooLarge"
    case unsupportedMediaType = "UnsupportedMediaType"
    case internalError = "InternalError"
    case expired = "Expired"
    case serviceUnavailable = "ServiceUnavailable"
}

/// One of possibly several causes of a failure.
package struct StatusCause: Sendable, Equatable {
    package var reason: String
    package var message: String
    package var field: String

    package init(reason: String, message: String, field: String = "") {
        self.reason = reason
        self.message = message
        self.field = field
    }
}

/// A failed request: everything a Kubernetes `Status` says, thrown on both sides of the wire.
package struct StatusError: Error, Sendable, Equatable, CustomStringConvertible {
    package var code: Int
    package var reason: StatusReason
    package var message: String
    package var group: String
    package var kind: String
    package var name: String
    package var uid: String
    package var causes: [StatusCause]
    package var retryAfterSeconds: Int?
    /// With an expired list: where to go on, without a promise of consistency.
    package var continueToken = ""

    package init(
        code: Int, reason: StatusReason, message: String, group: String = "", kind: String = "", name: String = "",
        uid: String = "", causes: [StatusCause] = [], retryAfterSeconds: Int? = nil
    ) {
        self.code = code
        self.reason = reason
        self.message = message
        self.group = group
        self.kind = kind
        self.name = name
        self.uid = uid
        self.causes = causes
        self.retryAfterSeconds = retryAfterSeconds
    }

    package var description: String { message }
}

extension StatusError {
    /// The `Status` object that goes over the wire.
    package var value: Value {
        var status: Value = ["apiVersion": "v1", "kind": "Status", "metadata": [:], "status": "Failure"]
        if !continueToken.isEmpty { status[path: "metadata", "continue"] = .string(continueToken) }
        status["message"] = .string(message)
        if reason != .unknown { status["reason"] = .string(reason.rawValue) }
        status["code"] = .integer(Int64(code))
        var details = Value.emptyObject
        if !name.isEmpty { details["name"] = .string(name) }
        if !group.isEmpty { details["group"] = .string(group) }
        if !kind.isEmpty { details["kind"] = .string(kind) }
        if !uid.isEmpty { details["uid"] = .string(uid) }
        if let retryAfterSeconds { details["retryAfterSeconds"] = .integer(Int64(retryAfterSeconds)) }
        if !causes.isEmpty {
            details["causes"] = .array(
                causes.map { cause in
                    var value = Value.emptyObject
                    if !cause.reason.isEmpty { value["reason"] = .string(cause.reason) }
                    if !cause.message.isEmpty { value["message"] = .string(cause.message) }
                    if !cause.field.isEmpty { value["field"] = .string(cause.field) }
                    return value
                })
        }
        if details != .emptyObject { status["details"] = details }
        return status
    }

    /// Reads a `Status` object that a server sent; `nil` when it is none, or reports success.
    package init?(status: Value) {
        guard status["kind"]?.stringValue == "Status", status["status"]?.stringValue != "Success" else { return nil }
        let details = status["details"]
        self.init(
            code: Int(status["code"]?.integerValue ?? 0),
            reason: StatusReason(rawValue: status["reason"]?.stringValue ?? "") ?? .unknown,
            message: status["message"]?.stringValue ?? "",
            group: details?["group"]?.stringValue ?? "",
            kind: details?["kind"]?.stringValue ?? "",
            name: details?["name"]?.stringValue ?? "",
            uid: details?["uid"]?.stringValue ?? "",
            causes: (details?["causes"]?.arrayValue ?? []).map {
                StatusCause(
                    reason: $0["reason"]?.stringValue ?? "", message: $0["message"]?.stringValue ?? "",
                    field: $0["field"]?.stringValue ?? "")
            },
            retryAfterSeconds: details?["retryAfterSeconds"]?.integerValue.map(Int.init))
    }
}
