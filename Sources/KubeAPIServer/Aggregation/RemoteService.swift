package import APIMachinery

/// The Service behind which the API server of a group version stands: `spec.service` of an APIService.
package struct RemoteService: Sendable, Hashable {
    package let namespace: String
    package let name: String
    package let port: Int
    /// PEM; empty trusts the machine's own authorities.
    package let authority: [UInt8]
    package let skipsVerification: Bool

    /// The name that the server's certificate has to bear.
    package var hostname: String { "\(name).\(namespace).svc" }

    /// `nil` for an APIService that this server serves itself.
    package init?(_ apiService: Value) {
        guard let service = apiService[path: "spec", "service"], !service.isNull else { return nil }
        namespace = service["namespace"]?.stringValue ?? ""
        name = service["name"]?.stringValue ?? ""
        port = Int(service["port"]?.integerValue ?? 443)
        authority =
            apiService[path: "spec", "caBundle"]?.stringValue.flatMap { Base64.decode(Array($0.utf8)) } ?? []
        skipsVerification = apiService[path: "spec", "insecureSkipTLSVerify"]?.boolValue == true
    }

    /// Where to dial: the cluster address, as upstream does unless it is told to choose an endpoint itself.
    func address(_ objects: ObjectLookup) throws(StatusError) -> String {
        let service = try objects.get("services", name, namespace: namespace)
        if service[path: "spec", "type"] == "ExternalName" {
            return service[path: "spec", "externalName"]?.stringValue ?? ""
        }
        let address = service[path: "spec", "clusterIP"]?.stringValue ?? ""
        guard !address.isEmpty, address != "None" else {
            throw .serviceUnavailable("cannot route to service with ClusterIP \"None\"")
        }
        let ports = service[path: "spec", "ports"]?.arrayValue ?? []
        guard ports.contains(where: { $0["port"]?.integerValue == Int64(port) }) else {
            throw .serviceUnavailable("no service port \(port) found for service \"\(name)\"")
        }
        return address
    }
}

/// What an APIService says of its group version.
package struct RegisteredService: Sendable, Equatable {
    package let name: String
    package let groupVersion: GroupVersion
    package let groupPriority: Int
    package let versionPriority: Int
    /// `nil`: served here.
    package let remote: RemoteService?
    package let isAvailable: Bool

    /// The same but for whether it is available.
    func isLike(_ other: RegisteredService) -> Bool {
        name == other.name && groupVersion == other.groupVersion && groupPriority == other.groupPriority
            && versionPriority == other.versionPriority && remote == other.remote
    }

    package init(_ apiService: Value) {
        name = apiService[path: "metadata", "name"]?.stringValue ?? ""
        let spec = apiService["spec"]
        groupVersion = GroupVersion(
            group: spec?["group"]?.stringValue ?? "", version: spec?["version"]?.stringValue ?? "")
        groupPriority = Int(spec?["groupPriorityMinimum"]?.integerValue ?? 0)
        versionPriority = Int(spec?["versionPriority"]?.integerValue ?? 0)
        remote = RemoteService(apiService)
        isAvailable = AvailabilityCondition.find(in: apiService)?["status"] == "True"
    }
}
