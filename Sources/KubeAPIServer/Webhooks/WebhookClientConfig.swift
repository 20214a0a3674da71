internal import APIMachinery

/// Where a webhook listens and whom its certificate must be from: `clientConfig` of webhooks and conversions.
struct WebhookClientConfig: Sendable, Hashable {
    enum Place: Sendable, Hashable {
        case url(String)
        case service(namespace: String, name: String, port: Int, path: String)
    }

    let place: Place
    /// PEM; empty trusts the machine's own authorities.
    let authority: [UInt8]

    /// `nil` when the value names neither a URL nor a service; validation lets none such into the store.
    init?(_ value: Value) {
        authority = value["caBundle"]?.stringValue.flatMap { Base64.decode(Array($0.utf8)) } ?? []
        if let service = value["service"] {
            place = .service(
                namespace: service["namespace"]?.stringValue ?? "", name: service["name"]?.stringValue ?? "",
                port: Int(service["port"]?.integerValue ?? 443), path: service["path"]?.stringValue ?? "")
        } else if let url = value["url"]?.stringValue {
            place = .url(url)
        } else {
            return nil
        }
    }

    /// Services go by the name that their certificate bears.
    var url: String {
        switch place {
        case .url(let url): return url
        case .service(let namespace, let name, let port, let path):
            let separator = path.isEmpty || path.hasPrefix("/") ? "" : "/"
            return "https://\(name).\(namespace).svc:\(port)\(separator)\(path)"
        }
    }
}

/// A webhook that can be called now.
package struct WebhookTarget: Sendable, Hashable {
    package let url: String
    /// Where the URL's host is in truth, if a name server would not know.
    let addresses: [String: String]
    let authority: [UInt8]

    /// Services are called by their cluster address.
    init(_ config: WebhookClientConfig, _ objects: ObjectLookup) throws(StatusError) {
        url = config.url
        authority = config.authority
        switch config.place {
        case .url: addresses = [:]
        case .service(let namespace, let name, let port, _):
            let service = try Self.service(name, namespace, objects)
            addresses = ["\(name).\(namespace).svc": try Self.address(of: service, name, port)]
        }
    }

    private static func service(
        _ name: String, _ namespace: String, _ objects: ObjectLookup
    ) throws(StatusError) -> Value {
        do throws(StatusError) { return try objects.get("services", name, namespace: namespace) } catch {
            throw .serviceUnavailable("service \"\(name)\" not found")
        }
    }

    private static func address(of service: Value, _ name: String, _ port: Int) throws(StatusError) -> String {
        if service[path: "spec", "type"] == "ExternalName" {
            return service[path: "spec", "externalName"]?.stringValue ?? ""
        }
        let ports = service[path: "spec", "ports"]?.arrayValue ?? []
        guard ports.contains(where: { $0["port"]?.integerValue == Int64(port) }) else {
            throw .serviceUnavailable("no service port \(port) found for service \"\(name)\"")
        }
        guard let address = service[path: "spec", "clusterIP"]?.stringValue, !address.isEmpty, address != "None" else {
            throw .serviceUnavailable("cannot route to service with ClusterIP \"None\"")
        }
        return address
    }
}
