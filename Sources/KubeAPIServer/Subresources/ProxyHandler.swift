internal import APIClient
internal import APIMachinery

/// `pods/proxy`, `services/proxy` and `nodes/proxy`: a request goes on to a port inside the cluster.
struct ProxyHandler: SubresourceHandler {
    let objects: ObjectLookup
    let admission: AdmissionChain

    func answer(_ call: ResourceCall) async throws(StatusError) -> ServerAnswer {
        let name = ProxyName(call.info.name)
        var target: TunnelTarget
        switch call.info.resource {
        case "pods": target = try pod(name, call)
        case "services": target = try service(name, call)
        case "nodes": target = try node(name, call)
        case _: throw .noSuchPage()
        }
        let path = "/" + call.info.rest.joined(separator: "/")
        let kinds = ["pods": "PodProxyOptions", "services": "ServiceProxyOptions", "nodes": "NodeProxyOptions"]
        try await admission.connect(call, kind: kinds[call.info.resource] ?? "", options: ["path": .string(path)])
        target.target = APIRequest(.get, path, query: call.request.query.everything).target
        target.method = call.request.method.rawValue
        target.body = call.request.body
        let isUpgrade = (call.request.headers["connection"] ?? "").lowercased().contains("upgrade")
        target.headers = isUpgrade ? ForwardedHeaders.upgrade(call.request.headers) : ForwardedHeaders.request(call.request.headers)
        target.proxyPathPrefix = Self.prefix(call.info)
        return isUpgrade ? .tunnel(target) : .stream(target)
    }

    /// The path of this subresource, under which the whole of the other server is seen.
    private static func prefix(_ info: RequestInfo) -> String {
        let namespace = info.namespace.isEmpty ? "" : "/namespaces/\(info.namespace)"
        return "/api/v1\(namespace)/\(info.resource)/\(info.name)/proxy"
    }

    private func pod(_ name: ProxyName, _ call: ResourceCall) throws(StatusError) -> TunnelTarget {
        let pod = try objects.get("pods", name.name, namespace: call.info.namespace)
        guard let address = pod[path: "status", "podIP"]?.stringValue, !address.isEmpty else {
            throw .badRequest("address not allowed")
        }
        var port = Int(name.port)
        if name.port.isEmpty {
            port = (pod[path: "spec", "containers"]?.arrayValue ?? []).lazy
                .compactMap { $0["ports"]?.arrayValue?.first?["containerPort"]?.integerValue }.first.map(Int.init) ?? 80
        } else if port == nil {
            port = Self.port(named: name.port, of: pod)
        }
        guard let port else { throw .badRequest("pod \(name.name) has no port \(name.port)") }
        return target(address, port, name.scheme)
    }

    private static func port(named name: String, of pod: Value) -> Int? {
        for container in pod[path: "spec", "containers"]?.arrayValue ?? [] {
            for port in container["ports"]?.arrayValue ?? [] where port["name"]?.stringValue == name {
                return port["containerPort"]?.integerValue.map(Int.init)
            }
        }
        return nil
    }

    private func service(_ name: ProxyName, _ call: ResourceCall) throws(StatusError) -> TunnelTarget {
        let service = try objects.get("services", name.name, namespace: call.info.namespace)
        let ports = service[path: "spec", "ports"]?.arrayValue ?? []
        let port: Value?
        if name.port.isEmpty {
            port = ports.count == 1 ? ports.first : nil
        } else {
            port = ports.first { $0["name"]?.stringValue == name.port || $0["port"]?.integerValue == Int64(name.port) }
        }
        let missing = StatusError.serviceUnavailable(
            "no endpoints available for service \"\(name.name)\"")
        guard let port else {
            throw .serviceUnavailable("no service port \"\(name.port)\" found for service \"\(name.name)\"")
        }
        let endpoints = try objects.get("endpoints", name.name, namespace: call.info.namespace)
        for subset in endpoints["subsets"]?.arrayValue ?? [] {
            let match = (subset["ports"]?.arrayValue ?? []).first {
                ($0["name"]?.stringValue ?? "") == (port["name"]?.stringValue ?? "")
            }
            guard let number = match?["port"]?.integerValue,
                let address = subset["addresses"]?.arrayValue?.first?["ip"]?.stringValue
            else { continue }
            return target(address, Int(number), name.scheme)
        }
        throw missing
    }

    private func node(_ name: ProxyName, _ call: ResourceCall) throws(StatusError) -> TunnelTarget {
        let kubelet = try KubeletAddress(try objects.get("nodes", name.name))
        let port = Int(name.port) ?? kubelet.port
        var target = target(kubelet.host, port, port == kubelet.port ? "https" : name.scheme)
        if port == kubelet.port { target.identity = .kubeletClient }
        return target
    }

    private func target(_ host: String, _ port: Int, _ scheme: String) -> TunnelTarget {
        TunnelTarget(
            host: host, port: port, usesTLS: scheme == "https", target: "/", method: "GET", headers: [], body: [],
            identity: nil)
    }
}

/// `name`, `name:port`, `scheme:name:port`.
struct ProxyName: Equatable {
    var scheme = "http"
    var name: String
    var port = ""

    init(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        switch parts.count {
        case 3: (scheme, name, port) = (parts[0].isEmpty ? "http" : parts[0], parts[1], parts[2])
        case 2: (name, port) = (parts[0], parts[1])
        case _: name = text
        }
    }
}
