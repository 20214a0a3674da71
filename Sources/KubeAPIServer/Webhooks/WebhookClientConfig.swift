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
}

/// A webhook that can be called now.
package struct WebhookTarget: Sendable, Hashable {
    package let url: String
    /// Where the URL's host is in truth, if a name server would not know.
    let addresses: [String: String]
    let authority: [UInt8]

    /// Services are called by their cluster address, under the name that their certificate bears.
    init(_ config: WebhookClientConfig, _ objects: ObjectLookup) throws(StatusError) {
        authority = config.authority
        switch config.place {
        case .url(let url):
            self.url = url
            addresses = [:]
        case .service(let namespace, let name, let port, let path):
            let host = "\(name).\(namespace).svc"
            let service = try objects.get("services", name, namespace: namespace)
            let separator = path.isEmpty || path.hasPrefix("/") ? "" : "/"
            url = "https://\(host):\(port)\(separator)\(path)"
            if service[path: "spec", "type"] == "ExternalName" {
                addresses = [host: service[path: "spec", "externalName"]?.stringValue ?? ""]
                return
            }
            let ports = service[path: "spec", "ports"]?.arrayValue ?? []
            guard ports.contains(where: { $0["port"]?.integerValue == Int64(port) }) else {
                throw .serviceUnavailable("no service port \(port) found for service \"\(name)\"")
            }
            guard let address = service[path: "spec", "clusterIP"]?.stringValue, !address.isEmpty, address != "None"
            else { throw .serviceUnavailable("no cluster IP found for service \"\(name)\"") }
            addresses = [host: address]
        }
    }
}
