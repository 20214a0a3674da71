/// One constructor per reason, in upstream's words (`apimachinery/pkg/api/errors`): people and
/// scripts match on them.
extension StatusError {
    package static func notFound(_ resource: GroupResource, _ name: String) -> StatusError {
        StatusError(
            code: 404, reason: .notFound, message: "\(resource) \"\(name)\" not found", group: resource.group,
            kind: resource.resource, name: name)
    }

    package static func alreadyExists(_ resource: GroupResource, _ name: String) -> StatusError {
        StatusError(
            code: 409, reason: .alreadyExists, message: "\(resource) \"\(name)\" already exists",
            group: resource.group, kind: resource.resource, name: name)
    }

    package static func generateNameConflict(_ resource: GroupResource, _ name: String) -> StatusError {
        StatusError(
            code: 409, reason: .alreadyExists,
            message: "\(resource) \"\(name)\" already exists, the server was not able to generate a unique name "
                + "for the object",
            group: resource.group, kind: resource.resource, name: name, retryAfterSeconds: 1)
    }

    package static func conflict(_ resource: GroupResource, _ name: String, _ why: String) -> StatusError {
        StatusError(
            code: 409, reason: .conflict,
            message: "Operation cannot be fulfilled on \(resource) \"\(name)\": \(why)", group: resource.group,
            kind: resource.resource, name: name)
    }

    /// Somebody else wrote the object since the client read it.
    package static func modified(_ resource: GroupResource, _ name: String) -> StatusError {
        conflict(
            resource, name,
            "the object has been modified; please apply your changes to the latest version and try again")
    }

    package static func forbidden(_ resource: GroupResource, _ name: String, _ why: String) -> StatusError {
        let message =
            resource.resource.isEmpty
            ? "forbidden: \(why)"
            : name.isEmpty ? "\(resource) is forbidden: \(why)" : "\(resource) \"\(name)\" is forbidden: \(why)"
        return StatusError(
            code: 403, reason: .forbidden, message: message, group: resource.group, kind: resource.resource,
            name: name)
    }

    package static func unauthorized(_ why: String = "Unauthorized") -> StatusError {
        StatusError(code: 401, reason: .unauthorized, message: why)
    }

    package static func badRequest(_ why: String) -> StatusError {
        StatusError(code: 400, reason: .badRequest, message: why)
    }

    package static func methodNotSupported(_ resource: GroupResource, _ action: String) -> StatusError {
        StatusError(
            code: 405, reason: .methodNotAllowed,
            message: "\(action) is not supported on resources of kind \"\(resource)\"", group: resource.group,
            kind: resource.resource)
    }

    /// No route, as upstream's generic 404.
    package static func noSuchPage() -> StatusError {
        StatusError(code: 404, reason: .notFound, message: "the server could not find the requested resource")
    }

    package static func internalError(_ why: String) -> StatusError {
        StatusError(
            code: 500, reason: .internalError, message: "Internal error occurred: \(why)",
            causes: [StatusCause(reason: "", message: why)])
    }

    package static func expired(_ why: String) -> StatusError {
        StatusError(code: 410, reason: .expired, message: why)
    }

    /// The resource version asked for lies in the future.
    package static func tooLargeResourceVersion(asked: Int64, current: Int64) -> StatusError {
        StatusError(
            code: 504, reason: .timeout, message: "Too large resource version: \(asked), current: \(current)",
            causes: [StatusCause(reason: "ResourceVersionTooLarge", message: "Too large resource version")],
            retryAfterSeconds: 1)
    }

    package static func tooManyRequests(_ why: String, retryAfter seconds: Int) -> StatusError {
        StatusError(code: 429, reason: .tooManyRequests, message: why, retryAfterSeconds: seconds)
    }

    package static func serverTimeout(_ resource: GroupResource, _ verb: String, retryAfter: Int) -> StatusError {
        StatusError(
            code: 500, reason: .serverTimeout,
            message: "The \(verb) operation against \(resource) could not be completed at this time, please try again.",
            group: resource.group, kind: resource.resource, name: verb, retryAfterSeconds: retryAfter)
    }

    package static func timeout(_ why: String, retryAfter: Int = 0) -> StatusError {
        StatusError(
            code: 504, reason: .timeout, message: "Timeout: \(why)", retryAfterSeconds: retryAfter > 0 ? retryAfter : nil)
    }

    package static func serviceUnavailable(_ why: String) -> StatusError {
        StatusError(code: 503, reason: .serviceUnavailable, message: why)
    }

    package static func requestTooLarge(_ why: String) -> StatusError {
        StatusError(code: 413, reason: .requestEntityTooLarge, message: "Request entity too large: \(why)")
    }

    package static func unsupportedMediaType(_ accepted: [String]) -> StatusError {
        StatusError(
            code: 415, reason: .unsupportedMediaType,
            message: "the body of the request was in an unknown format - accepted media types include: "
                + accepted.joined(separator: ", "))
    }

    package static func notAcceptable(_ accepted: [String]) -> StatusError {
        StatusError(
            code: 406, reason: .notAcceptable,
            message: "only the following media types are accepted: " + accepted.joined(separator: ", "))
    }

    /// The object breaks rules: every one of them is named.
    package static func invalid(_ kind: GroupVersionKind, _ name: String, _ errors: [FieldError]) -> StatusError {
        let texts = errors.map(\.description)
        let list = texts.count == 1 ? texts[0] : "[" + texts.joined(separator: ", ") + "]"
        let qualified = kind.group.isEmpty ? kind.kind : "\(kind.kind).\(kind.group)"
        return StatusError(
            code: 422, reason: .invalid, message: "\(qualified) \"\(name)\" is invalid: \(list)", group: kind.group,
            kind: kind.kind, name: name,
            causes: errors.map { StatusCause(reason: $0.type.rawValue, message: $0.body, field: $0.field) })
    }
}
