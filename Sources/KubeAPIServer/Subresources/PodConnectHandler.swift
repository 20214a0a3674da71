internal import APIClient
internal import APIMachinery

/// `pods/log`, `pods/exec`, `pods/attach` and `pods/portforward`: the way through to the pod's kubelet.
struct PodConnectHandler: SubresourceHandler {
    let objects: ObjectLookup
    let admission: AdmissionChain

    func answer(_ call: ResourceCall) async throws(StatusError) -> ServerAnswer {
        // What cannot be meant is refused before anybody looks whether there is such a pod.
        let parameters = call.info.subresource == "log" ? try logParameters(call.request.query, call) : []
        let pod = try objects.get("pods", call.info.name, namespace: call.info.namespace)
        if let kind = Self.optionKinds[call.info.subresource] {
            try await admission.connect(call, kind: kind, options: Self.options(call.request.query))
        }
        switch call.info.subresource {
        case "log": return try log(pod, call, parameters)
        case "exec": return try upgrade(pod, call, path: "exec", streams: true)
        case "attach": return try upgrade(pod, call, path: "attach", streams: true)
        case "portforward": return try upgrade(pod, call, path: "portForward", streams: false)
        case _: throw .noSuchPage()
        }
    }

    // MARK: Admission

    private static let optionKinds = [
        "exec": "PodExecOptions", "attach": "PodAttachOptions", "portforward": "PodPortForwardOptions",
    ]

    /// The query as the object that it stands for.
    private static func options(_ query: QueryParameters) -> Value {
        var options = Value.emptyObject
        for name in ["stdin", "stdout", "stderr", "tty"] where query.flag(name) { options[name] = true }
        if let container = query["container"] { options["container"] = .string(container) }
        let command = query.all("command")
        if !command.isEmpty { options["command"] = .array(command.map(Value.string)) }
        let ports = query.all("ports").compactMap(Int64.init)
        if !ports.isEmpty { options["ports"] = .array(ports.map(Value.integer)) }
        return options
    }

    // MARK: Logs

    private func log(
        _ pod: Value, _ call: ResourceCall, _ parameters: [(name: String, value: String)]
    ) throws(StatusError) -> ServerAnswer {
        let container = try container(of: pod, call, includesInit: true)
        guard let node = try node(of: pod) else {
            // Nothing runs yet, so there is nothing to read: upstream answers an empty log.
            return .response(.text(200, ""))
        }
        let kubelet = try KubeletAddress(node)
        let path = "/containerLogs/\(call.info.namespace)/\(call.info.name)/\(container)"
        let request = APIRequest(.get, path, query: parameters)
        var source = TunnelTarget(
            host: kubelet.host, port: kubelet.port, usesTLS: true, target: request.target, method: "GET",
            headers: [], body: [], identity: .kubeletClient)
        let name = call.info.name
        source.refusal = { code, text in Self.logRefusal(code, text, name) }
        if let handshake = try WebSocketHandshake(call.request.headers) {
            return .webSocketStream(try WebSocketStream(handshake, source))
        }
        return .stream(source)
    }

    /// What a kubelet says of a log that it cannot give, in upstream's form.
    private static func logRefusal(_ code: Int, _ text: String, _ name: String) -> StatusError {
        switch code {
        case 400: .badRequest(text)
        case 404:
            StatusError(
                code: 404, reason: .notFound,
                message: "the server could not find the requested resource ( pods/log \(name))", kind: "pods/log",
                name: name)
        case _: .internalError(text)
        }
    }

    private func logParameters(
        _ query: QueryParameters, _ call: ResourceCall
    ) throws(StatusError) -> [(name: String, value: String)] {
        var errors: [FieldError] = []
        for name in ["tailLines", "limitBytes", "sinceSeconds"] {
            guard let text = query[name] else { continue }
            guard let number = Int64(text) else {
                throw .badRequest("strconv.ParseInt: parsing \"\(text)\": invalid syntax")
            }
            let minimum: Int64 = name == "tailLines" ? 0 : 1
            if number < minimum {
                errors.append(.invalid(name, number, "must be greater than \(minimum == 0 ? "or equal to 0" : "0")"))
            }
        }
        if query["sinceSeconds"] != nil, query["sinceTime"] != nil {
            errors.append(.forbidden("", "at most one of `sinceTime` or `sinceSeconds` may be specified"))
        }
        guard errors.isEmpty else {
            throw .invalid(GroupVersionKind(group: "", version: "v1", kind: "PodLogOptions"), call.info.name, errors)
        }
        let names = [
            "follow", "previous", "sinceSeconds", "sinceTime", "timestamps", "tailLines", "limitBytes", "stream",
        ]
        return names.compactMap { name in query[name].map { (name, $0) } }
    }

    // MARK: Streams

    private func upgrade(
        _ pod: Value, _ call: ResourceCall, path: String, streams: Bool
    ) throws(StatusError) -> ServerAnswer {
        let query = call.request.query
        var target = "/\(path)/\(call.info.namespace)/\(call.info.name)"
        var parameters: [(name: String, value: String)] = []
        if streams {
            target += "/" + (try container(of: pod, call, includesInit: false))
            for command in query.all("command") { parameters.append(("command", command)) }
            for (ours, theirs) in [("stdin", "input"), ("stdout", "output"), ("stderr", "error"), ("tty", "tty")]
            where query.flag(ours) { parameters.append((theirs, "1")) }
        } else {
            for port in query.all("ports") { parameters.append(("port", port)) }
        }
        guard let node = try node(of: pod) else {
            throw .badRequest("pod \(call.info.name) does not have a host assigned")
        }
        let kubelet = try KubeletAddress(node)
        let request = APIRequest(.get, target, query: parameters)
        var tunnel = TunnelTarget(
            host: kubelet.host, port: kubelet.port, usesTLS: true, target: request.target,
            method: call.request.method.rawValue, headers: ForwardedHeaders.upgrade(call.request.headers), body: [],
            identity: .kubeletClient)
        guard (call.request.headers["connection"] ?? "").lowercased().contains("upgrade"),
            call.request.headers["upgrade"] != nil
        else { throw .badRequest("Upgrade request required") }
        guard let handshake = try WebSocketHandshake(call.request.headers),
            let (kind, protocols) = Self.translation(handshake, query, streams: streams)
        else { return .tunnel(tunnel) }
        tunnel.method = "POST"
        tunnel.headers = WebSocketTarget.headers(protocols)
        return .webSocket(WebSocketTarget(handshake: handshake, target: tunnel, kind: kind))
    }

    /// What stands between the client and the kubelet, and what is offered to the kubelet; nil for the older
    /// protocols, which the runtime speaks itself.
    private static func translation(
        _ handshake: WebSocketHandshake, _ query: QueryParameters, streams: Bool
    ) -> (WebSocketTarget.Kind, [String])? {
        guard streams else {
            let inner = WebSocketTarget.tunnelled(handshake.offered)
            return inner.isEmpty ? nil : (.tunnel, inner)
        }
        guard handshake.offered.contains(WebSocketTarget.channelProtocol) else { return nil }
        let conversion = ChannelConversion(
            stdin: query.flag("stdin"), stdout: query.flag("stdout"), stderr: query.flag("stderr"),
            isTerminal: query.flag("tty"))
        return (.channels(conversion), [WebSocketTarget.backendProtocol])
    }

    // MARK: The pod

    private func node(of pod: Value) throws(StatusError) -> Value? {
        let name = pod[path: "spec", "nodeName"]?.stringValue ?? ""
        return name.isEmpty ? nil : try objects.get("nodes", name)
    }

    /// The container that is meant: named, or annotated, or the only one.
    private func container(
        of pod: Value, _ call: ResourceCall, includesInit: Bool
    ) throws(StatusError) -> String {
        func names(_ list: String) -> [String] {
            (pod[path: "spec", list]?.arrayValue ?? []).compactMap { $0["name"]?.stringValue }
        }
        let containers = names("containers")
        let others = names("initContainers") + names("ephemeralContainers")
        if let wanted = call.request.query["container"], !wanted.isEmpty {
            guard containers.contains(wanted) || others.contains(wanted) else {
                throw .badRequest("container \(wanted) is not valid for pod \(call.info.name)")
            }
            return wanted
        }
        let annotation = pod[path: "metadata", "annotations", "kubectl.kubernetes.io/default-container"]?.stringValue
        if let annotation, containers.contains(annotation) { return annotation }
        if containers.count == 1, let only = containers.first { return only }
        var message = "a container name must be specified for pod \(call.info.name), choose one of: "
            + "[\(containers.joined(separator: " "))]"
        let initial = names("initContainers")
        if !initial.isEmpty { message += " or one of the init containers: [\(initial.joined(separator: " "))]" }
        throw .badRequest(message)
    }
}

/// Which headers go along when a request is passed on.
enum ForwardedHeaders {
    private static let dropped: Set<String> = ["host", "authorization", "content-length", "transfer-encoding"]

    /// All that makes the upgrade, and nothing that tells who the client is.
    static func upgrade(_ headers: RequestHeaders) -> [(name: String, value: String)] {
        headers.everything.filter { !dropped.contains($0.name) && !$0.name.hasPrefix("impersonate-") }
    }

    static func request(_ headers: RequestHeaders) -> [(name: String, value: String)] {
        upgrade(headers).filter { !["connection", "upgrade", "keep-alive", "te", "trailer"].contains($0.name) }
    }
}
