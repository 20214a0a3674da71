internal import APIMachinery
internal import APITypes
internal import ControllerRuntime

/// Which pods stand behind a service, and at which ports.
enum ServicePods {
    /// Whether the pod can be behind a service at all.
    static func isEligible(_ pod: Pod, includingTerminating: Bool) -> Bool {
        !pod.hasFinished && !addresses(of: pod).isEmpty && (includingTerminating || !pod.metadata.isBeingDeleted)
    }

    static func addresses(of pod: Pod) -> [String] {
        let addresses = pod.status.podIPs.map(\.ip).filter { !$0.isEmpty }
        return addresses.isEmpty && !pod.status.podIP.isEmpty ? [pod.status.podIP] : addresses
    }

    /// The pod's address of a family, `IPv4` or `IPv6`.
    static func address(of pod: Pod, family: String) -> String? {
        addresses(of: pod).first { ($0.utf8.contains(UInt8(ascii: ":")) ? "IPv6" : "IPv4") == family }
    }

    /// The port of this very pod to which a service's port leads; `nil` when the pod has no port of that name.
    static func targetPort(of port: ServicePort, in pod: Pod) -> Int32? {
        switch port.targetPort {
        case .int(let number): return number == 0 ? port.port : number
        case .string(let name):
            let sidecars = pod.spec.initContainers.filter { $0.restartPolicy == "Always" }
            for container in pod.spec.containers + sidecars {
                for candidate in container.ports where candidate.name == name {
                    let hasProtocol = candidate.protocol.isEmpty ? "TCP" : candidate.protocol
                    if hasProtocol == (port.protocol.isEmpty ? "TCP" : port.protocol) { return candidate.containerPort }
                }
            }
            return nil
        }
    }

    /// The pod's own name in the domain of a headless service.
    static func hostname(of pod: Pod, in service: Service) -> String? {
        guard !pod.spec.hostname.isEmpty, pod.spec.subdomain == service.metadata.name,
            pod.metadata.namespace == service.metadata.namespace
        else { return nil }
        return pod.spec.hostname
    }

    static func reference(to pod: Pod) -> ObjectReference {
        var reference = ObjectReference()
        reference.kind = "Pod"
        reference.namespace = pod.metadata.namespace
        reference.name = pod.metadata.name
        reference.uid = pod.metadata.uid
        return reference
    }

    /// Whether a change of a pod can change what stands behind services.
    static func isNews(_ old: Pod, _ new: Pod) -> Bool {
        old.metadata.labels != new.metadata.labels || old.isReady != new.isReady || old.hasFinished != new.hasFinished
            || old.metadata.isBeingDeleted != new.metadata.isBeingDeleted || old.metadata.uid != new.metadata.uid
            || old.spec.nodeName != new.spec.nodeName || addresses(of: old) != addresses(of: new)
    }

    static func isHeadless(_ service: Service) -> Bool { service.spec.clusterIP == "None" }
}

/// The keys of services that a change of a pod concerns.
struct ServicesOfPods: Sendable {
    private static let byNamespace = "namespace"

    let services: Informer<Service>

    init(_ services: Informer<Service>) {
        self.services = services
        services.addIndex(Self.byNamespace) { [$0.metadata.namespace] }
    }

    func keys(for event: InformerEvent<Pod>) -> [ObjectKey] {
        var labels = [event.object.metadata.labels]
        if case .updated(let old, let new) = event {
            guard ServicePods.isNews(old, new) else { return [] }
            if old.metadata.labels != new.metadata.labels { labels.append(old.metadata.labels) }
        }
        return services.list(index: Self.byNamespace, event.object.metadata.namespace).filter { service in
            let selector = service.spec.selector
            return !selector.isEmpty && labels.contains { Selector(equalTo: selector).matches($0) }
        }.map { ObjectKey($0) }
    }
}
