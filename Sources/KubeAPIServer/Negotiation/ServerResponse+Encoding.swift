internal import APIMachinery

extension StatusError {
    /// A route, but not for this method; in the words of upstream's router.
    static func noSuchMethod() -> StatusError {
        StatusError(
            code: 405, reason: .methodNotAllowed,
            message: "the server does not allow this method on the requested resource")
    }
}

extension ServerResponse {
    /// A `Status` in the encoding that the client asked for.
    static func status(_ status: Value, code: Int, as type: NegotiatedType) -> ServerResponse {
        switch type.encoding {
        case .json:
            return .json(code, status.json)
        case .yaml:
            return ServerResponse(code, contentType: type.encoding.rawValue, body: [Array(YAML.text(status).utf8)])
        case .cbor:
            return ServerResponse(code, contentType: type.encoding.rawValue, body: [CBORForm.encode(status)])
        case .protobuf:
            // Falls back to JSON, which every client reads; a Status always has a protobuf form.
            guard let bytes = try? ProtobufCodec.encode(status, as: StatusSchema.type, apiVersion: "v1", kind: "Status")
            else { return .json(code, status.json) }
            return ServerResponse(code, contentType: type.encoding.rawValue, body: [bytes])
        }
    }

    private static let reasonsWithDetails: Set<StatusReason> = [
        .notFound, .alreadyExists, .forbidden, .conflict, .invalid, .methodNotAllowed, .serverTimeout, .timeout,
        .tooManyRequests, .internalError,
    ]

    static func failure(_ error: StatusError, as type: NegotiatedType) -> ServerResponse {
        var value = error.value
        // Upstream's errors of these reasons have details, be they empty.
        if value["details"] == nil, reasonsWithDetails.contains(error.reason) { value["details"] = .emptyObject }
        var response = status(value, code: error.code, as: type)
        if let seconds = error.retryAfterSeconds, seconds > 0 {
            response.headers.append(("Retry-After", String(seconds)))
        }
        return response
    }
}

extension ServerResponse {
    /// An object of a kind that is not the resource's own, such as a Scale or a review.
    static func object(
        _ object: Value, kind: GroupVersionKind, code: Int, as type: NegotiatedType
    ) throws(StatusError) -> ServerResponse {
        switch type.encoding {
        case .json:
            return .json(code, object.json)
        case .yaml:
            return ServerResponse(code, contentType: type.encoding.rawValue, body: [Array(YAML.text(object).utf8)])
        case .cbor:
            return ServerResponse(code, contentType: type.encoding.rawValue, body: [CBORForm.encode(object)])
        case .protobuf:
            guard let schema = SchemaCatalog.builtin.type(for: kind) else {
                throw .notAcceptable(["application/json", "application/yaml"])
            }
            do throws(ProtobufError) {
                let bytes = try ProtobufCodec.encode(
                    object, as: schema, apiVersion: kind.groupVersion.description, kind: kind.kind)
                return ServerResponse(code, contentType: type.encoding.rawValue, body: [bytes])
            } catch {
                throw .internalError("\(error)")
            }
        }
    }
}
