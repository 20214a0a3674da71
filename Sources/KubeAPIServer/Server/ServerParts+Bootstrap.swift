internal import APIMachinery
internal import APIRegistry
internal import APIRules
internal import Determinism
internal import Logging

/// The objects that a cluster has from its first moment, made by the server itself.
extension ServerParts {
    private static let namespaces = ["default", "kube-system", "kube-public", "kube-node-lease"]
    private static let rbacGroup = "rbac.authorization.k8s.io"
    private static let discoveryGroup = "discovery.k8s.io"

    func bootstrap() async throws(StatusError) {
        for name in Self.namespaces {
            try await ensure("namespaces", ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": .string(name)]])
        }
        try await bootstrapPolicy()
        try await bootstrapPriorities()
        try await bootstrapFlows()
        try await bootstrapService()
    }

    private func bootstrapPolicy() async throws(StatusError) {
        let snapshot = rbac.snapshot
        for role in RoleAggregationPlan.settled(BootstrapPolicy.roles) {
            let resource = role.key.namespace == nil ? "clusterroles" : "roles"
            switch BootstrapReconciliationPlan.decide(role, existing: snapshot.roles[role.key]) {
            case .keep: break
            case .create(let role): try await ensure(resource, group: Self.rbacGroup, role.value)
            case .update(let role, _): try await replace(resource, group: Self.rbacGroup, role.value)
            }
        }
        for binding in BootstrapPolicy.bindings {
            let resource = binding.key.namespace == nil ? "clusterrolebindings" : "rolebindings"
            switch BootstrapReconciliationPlan.decide(binding, existing: snapshot.bindings[binding.key]) {
            case .keep: break
            case .create(let binding): try await ensure(resource, group: Self.rbacGroup, binding.value)
            case .update(let binding, _): try await replace(resource, group: Self.rbacGroup, binding.value)
            case .recreate(let binding, _):
                let store = try objects.store(resource, group: Self.rbacGroup)
                _ = try await store.delete(
                    binding.key.name, namespace: binding.key.namespace ?? "", request: DeletionRequest(), context: context)
                try await ensure(resource, group: Self.rbacGroup, binding.value)
            }
        }
    }

    private func bootstrapFlows() async throws(StatusError) {
        let group = "flowcontrol.apiserver.k8s.io"
        for level in BootstrapFlows.levels { try await ensure("prioritylevelconfigurations", group: group, level) }
        for schema in BootstrapFlows.schemas { try await ensure("flowschemas", group: group, schema) }
    }

    private func bootstrapPriorities() async throws(StatusError) {
        let classes: [(String, Int64, String)] = [
            (
                "system-cluster-critical", 2_000_000_000,
                "Used for system critical pods that must run in the cluster, but can be moved to another node if necessary."
            ),
            (
                "system-node-critical", 2_000_001_000,
                "Used for system critical pods that must not be moved from their current node."
            ),
        ]
        for (name, value, description) in classes {
            try await ensure(
                "priorityclasses", group: "scheduling.k8s.io",
                [
                    "apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass",
                    "metadata": ["name": .string(name)], "value": .integer(value),
                    "description": .string(description), "preemptionPolicy": "PreemptLowerPriority",
                ])
        }
    }

    // MARK: The way to the server

    /// How often is looked whether somebody has taken away the Service; upstream's period.
    private static let servicePeriod = Duration.seconds(10)

    /// Makes the Service `kubernetes` again, should it be deleted; until cancelled.
    func keepService() async {
        // Cancelled: the server ends.
        while (try? await time.sleep(for: Self.servicePeriod)) != nil {
            do throws(StatusError) {
                addresses.lookAgain()
                _ = try await keepServiceCIDR()
                try await ensure("services", service)
                guard isReachable else { continue }
                try await ensure("endpoints", endpoints)
                try await ensure("endpointslices", group: Self.discoveryGroup, endpointSlice)
            } catch {
                logger.warning("the service of the server itself could not be made", metadata: ["error": "\(error)"])
            }
        }
    }

    private func bootstrapService() async throws(StatusError) {
        if let why = try await keepServiceCIDR() { logger.warning("\(why)") }
        if let address = IPAddress(configuration.apiServiceIP) {
            let object = ServiceAddress.object(address, namespace: "default", service: "kubernetes")
            try await ensure("ipaddresses", group: ServiceAddress.group, object)
        }
        try await ensure("services", service)
        guard isReachable else { return }
        try await replace("endpoints", endpoints)
        try await replace("endpointslices", group: Self.discoveryGroup, endpointSlice)
    }

    /// Makes the ServiceCIDR `kubernetes` and says that it is ready; what is wrong with it, if something is.
    private func keepServiceCIDR() async throws(StatusError) -> String? {
        let store = try objects.store("servicecidrs", group: ServiceAddress.group)
        let name = ServiceBlock.defaultName
        for _ in 0..<Self.serviceCIDRStepsMax {
            let present = try store.cache.get(name).map { (object) throws(StatusError) in try object.value() }
            switch DefaultServiceCIDRPlan.decide(present, block: serviceBlock, now: time.now) {
            case .keep: return nil
            case .report(let why): return why
            case .create(let object): try await ensure("servicecidrs", group: ServiceAddress.group, object)
            case .write(let status):
                _ = try await store.update(name, namespace: "", scope: .status, context: context) {
                    (old) async throws(StatusError) in
                    var new = old
                    new["status"] = status
                    return new
                }
            }
        }
        return nil
    }

    /// Made, declared ready, found as it should be.
    private static let serviceCIDRStepsMax = 3

    /// A loopback address leads every client to itself; the API refuses such an endpoint, too.
    private var isReachable: Bool { IPAddress(configuration.advertiseAddress)?.isLoopback != true }

    /// The Service `kubernetes` in `default`, with this server behind it.
    private var service: Value {
        [
            "apiVersion": "v1", "kind": "Service",
            "metadata": [
                "name": "kubernetes", "namespace": "default",
                "labels": ["component": "apiserver", "provider": "kubernetes"],
            ],
            "spec": [
                "type": "ClusterIP", "clusterIP": .string(configuration.apiServiceIP),
                "clusterIPs": [.string(configuration.apiServiceIP)], "ipFamilies": ["IPv4"],
                "ipFamilyPolicy": "SingleStack", "sessionAffinity": "None", "internalTrafficPolicy": "Cluster",
                "ports": [["name": "https", "port": 443, "protocol": "TCP", "targetPort": port]],
            ],
        ]
    }

    private var port: Value { .integer(Int64(configuration.port)) }

    private var endpoints: Value {
        [
            "apiVersion": "v1", "kind": "Endpoints",
            "metadata": [
                "name": "kubernetes", "namespace": "default",
                "labels": ["endpointslice.kubernetes.io/skip-mirror": "true"],
            ],
            "subsets": [[
                "addresses": [["ip": .string(configuration.advertiseAddress)]],
                "ports": [["name": "https", "port": port, "protocol": "TCP"]],
            ]],
        ]
    }

    private var endpointSlice: Value {
        [
            "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
            "metadata": [
                "name": "kubernetes", "namespace": "default",
                "labels": ["kubernetes.io/service-name": "kubernetes"],
            ],
            "addressType": "IPv4",
            "endpoints": [[
                "addresses": [.string(configuration.advertiseAddress)], "conditions": ["ready": true],
            ]],
            "ports": [["name": "https", "port": port, "protocol": "TCP"]],
        ]
    }

    // MARK: Writing

    private var context: WriteContext { WriteContext(time: time, random: random) }

    /// Creates the object unless it is there.
    private func ensure(_ resource: String, group: String = "", _ object: Value) async throws(StatusError) {
        let store = try objects.store(resource, group: group)
        let name = object[path: "metadata", "name"]?.stringValue ?? ""
        let namespace = object[path: "metadata", "namespace"]?.stringValue ?? ""
        guard store.cache.get(store.key(namespace: namespace, name: name)) == nil else { return }
        do throws(StatusError) {
            _ = try await store.create(object, namespace: namespace, context: context)
        } catch where error.reason == .alreadyExists {}
    }

    /// Creates the object, or gives the present one these contents.
    private func replace(_ resource: String, group: String = "", _ object: Value) async throws(StatusError) {
        let store = try objects.store(resource, group: group)
        let name = object[path: "metadata", "name"]?.stringValue ?? ""
        let namespace = object[path: "metadata", "namespace"]?.stringValue ?? ""
        guard store.cache.get(store.key(namespace: namespace, name: name)) != nil else {
            return try await ensure(resource, group: group, object)
        }
        _ = try await store.update(name, namespace: namespace, context: context) { (_) async throws(StatusError) in object }
    }
}
