package import APIMachinery
internal import APIRules
package import Determinism

/// An IPAddress object, as far as the addresses of Services are concerned.
package struct ServiceAddress: Equatable, Sendable {
    /// Of IPAddress and ServiceCIDR.
    package static let group = "networking.k8s.io"

    /// The object's name.
    package var address: String
    package var uid: String
    /// `namespace/name` of the Service that it is for; `nil` when it is for something else.
    package var service: String?
    /// Made by an API server, not by somebody with plans of their own.
    package var isManaged: Bool
    /// Whether it says what kind of address it is.
    package var hasFamilyLabel: Bool
    package var created: Timestamp

    /// Reads an IPAddress.
    package init(_ object: Value) {
        address = object.objectName
        uid = object[path: "metadata", "uid"]?.stringValue ?? ""
        let parent = object[path: "spec", "parentRef"]
        let isService = parent?["resource"] == "services" && (parent?["group"]?.stringValue ?? "").isEmpty
        let names = [parent?["namespace"], parent?["name"]].map { $0?.stringValue ?? "" }
        service = isService ? names.joined(separator: "/") : nil
        isManaged = object[path: "metadata", "labels", ServiceBlock.managerLabel]?.stringValue == ServiceBlock.manager
        let family = object[path: "metadata", "labels", ServiceBlock.familyLabel]?.stringValue
        hasFamilyLabel = family != nil && family == IPAddress(address).map(Self.family)
        let text = object[path: "metadata", "creationTimestamp"]?.stringValue ?? ""
        created = Timestamp(rfc3339: text) ?? Timestamp(seconds: 0)
    }

    /// The object that says that a Service has an address.
    package static func object(_ address: IPAddress, namespace: String, service: String) -> Value {
        [
            "apiVersion": "networking.k8s.io/v1", "kind": "IPAddress",
            "metadata": [
                "name": .string(address.description),
                "labels": .object([
                    ServiceBlock.familyLabel: .string(family(of: address)),
                    ServiceBlock.managerLabel: .string(ServiceBlock.manager),
                ]),
            ],
            "spec": [
                "parentRef": [
                    "group": "", "resource": "services", "namespace": .string(namespace), "name": .string(service),
                ]
            ],
        ]
    }

    /// The addresses that a Service object holds.
    static func addresses(of service: Value?) -> [IPAddress] {
        let spec = service?["spec"]
        let texts = spec?["clusterIPs"]?.arrayValue ?? spec?["clusterIP"].map { [$0] } ?? []
        return texts.compactMap(\.stringValue).compactMap { IPAddress($0) }
    }

    private static func family(of address: IPAddress) -> String { address.family == .ipv4 ? "IPv4" : "IPv6" }
}
