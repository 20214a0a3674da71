internal import APIClient
internal import APIMachinery

/// What spans say of requests, in upstream's words.
extension RequestTrace {
    /// `nil` for what upstream has no name for.
    func begin(_ call: ResourceCall) -> TraceSpan? {
        switch call.info.verb {
        case "get": begin("Get")
        case "list": begin("List")
        case "create": begin("Create")
        case "update": begin("Update")
        case "patch": begin("Patch")
        case "delete", "deletecollection": begin("Delete")
        case _: nil
        }
    }

    /// The request is answered, or will be when its stream ends.
    func finish(_ request: ServerRequest, _ info: RequestInfo, _ answer: ServerAnswer) -> ServerAnswer {
        let attributes: TraceAttributes = [
            ("http.request.method", .text(request.method.rawValue)), ("url.scheme", .text("https")),
            ("url.path", .text(request.path)), ("http.target", .text(request.uri)),
            ("user_agent.original", .text(request.headers["user-agent"] ?? "")),
        ]
        let name = Self.name(request, info)
        if case .response(let response) = answer {
            finish(name, attributes, code: response.code)
            return answer
        }
        return answer.ending { [self] in finish(name, attributes, code: 0) }
    }

    /// Such as `GET /api/v1/namespaces/{:namespace}/pods/{:name}`.
    private static func name(_ request: ServerRequest, _ info: RequestInfo) -> String {
        guard info.isResourceRequest else { return request.method.rawValue }
        let root = info.group.isEmpty ? "/api" : "/apis/\(info.group)"
        var name = "\(request.method.rawValue) \(root)/\(info.version)"
        if !info.namespace.isEmpty { name += "/namespaces/{:namespace}" }
        name += "/\(info.resource)"
        if !info.name.isEmpty { name += "/{:name}" }
        if !info.subresource.isEmpty { name += "/\(info.subresource)" }
        return name
    }
}

extension ResourceCall {
    var traceAttributes: TraceAttributes {
        [
            ("accept", .text(request.headers["accept"] ?? "")), ("api-group", .text(info.group)),
            ("api-version", .text(info.version)), ("name", .text(info.name)), ("subresource", .text(info.subresource)),
            ("namespace", .text(info.namespace)), ("resource", .text(info.resource)), ("url", .text(request.path)),
            ("user-agent", .text(request.headers["user-agent"] ?? "")), ("verb", .text(info.verb)),
        ]
    }
}
