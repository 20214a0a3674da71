internal import APIMachinery
internal import APIRules

/// Holds pods to what the labels of their namespace ask of them.
struct PodSecurityAdmission: AdmissionPlugin {
    static let pluginName = "PodSecurity"

    let objects: ObjectLookup
    let configuration: PodSecurityConfiguration

    var name: String { Self.pluginName }

    /// Where the template of a pod is, by resource; a pod is its own.
    private static let templates: [GroupResource: [String]] = {
        var templates: [GroupResource: [String]] = [
            GroupResource(group: "", resource: "pods"): [],
            GroupResource(group: "", resource: "podtemplates"): ["template"],
            GroupResource(group: "batch", resource: "cronjobs"): ["spec", "jobTemplate", "spec", "template"],
        ]
        for resource in ["replicasets", "deployments", "statefulsets", "daemonsets"] {
            templates[GroupResource(group: "apps", resource: resource)] = ["spec", "template"]
        }
        templates[GroupResource(group: "", resource: "replicationcontrollers")] = ["spec", "template"]
        templates[GroupResource(group: "batch", resource: "jobs")] = ["spec", "template"]
        return templates
    }()

    /// Subresources of pods that do not change what runs.
    private static let ignored: Set<String> = [
        "exec", "attach", "binding", "eviction", "log", "portforward", "proxy", "status",
    ]

    func handles(_ request: AdmissionRequest) -> Bool {
        guard request.operation == .create || request.operation == .update else { return false }
        if request.concernsNamespaces { return request.subresource.isEmpty }
        guard Self.templates[request.resource.groupResource] != nil else { return false }
        return isPod(request) ? !Self.ignored.contains(request.subresource) : request.subresource.isEmpty
    }

    private func isPod(_ request: AdmissionRequest) -> Bool {
        request.resource.group.isEmpty && request.resource.resource == "pods"
    }

    func validate(_ request: AdmissionRequest) async throws(StatusError) {
        let plan = request.concernsNamespaces ? try namespacePlan(request) : try podPlan(request)
        for warning in plan.warnings { request.warnings.add(warning) }
        for (key, value) in plan.annotations.sorted(by: { $0.key < $1.key }) {
            request.audit?.annotate(PodSecurityPolicy.labelPrefix + key, value)
        }
        if let refusal = plan.refusal { throw request.forbidden(refusal) }
    }

    // MARK: Pods and their templates

    private func podPlan(_ request: AdmissionRequest) throws(StatusError) -> PodSecurityReviewPlan {
        if configuration.namespaces.contains(request.namespace) { return exempt("namespace") }
        if configuration.users.contains(request.user.name) { return exempt("user") }
        let isPod = isPod(request)
        let labels: [String: String]
        do throws(StatusError) {
            let namespace = try objects.policy("namespaces", request.namespace)
            labels = namespace[path: "metadata", "labels"]?.stringMap ?? [:]
        } catch {
            let problem = "failed to lookup namespace \"\(request.namespace)\""
            if isPod { throw .internalError(problem) }
            return PodSecurityReviewPlan(annotations: ["error": "\(problem): \(error.message)"])
        }
        let (policy, errors) = PodSecurityPolicy.read(labels, defaults: configuration.defaults)
        if isPod, errors.isEmpty, policy.asksNothing {
            return PodSecurityReviewPlan(annotations: ["enforce-policy": PodSecurityDemand().description])
        }
        let object = request.object ?? .emptyObject
        if isPod, let old = request.oldObject, !PodSecurityReviewPlan.isSignificant(object, from: old) {
            return PodSecurityReviewPlan()
        }
        let steps = Self.templates[request.resource.groupResource] ?? []
        guard let pod = steps.reduce(Optional(object), { $0?[$1] }), !pod.isNull else {
            return PodSecurityReviewPlan()
        }
        if let runtimeClass = pod[path: "spec", "runtimeClassName"]?.stringValue,
            configuration.runtimeClasses.contains(runtimeClass)
        {
            return exempt("runtimeClass")
        }
        return .review(pod, policy, errors, isEnforced: isPod)
    }

    private func exempt(_ why: String) -> PodSecurityReviewPlan {
        PodSecurityReviewPlan(annotations: ["exempt": why])
    }

    // MARK: Namespaces

    private func namespacePlan(_ request: AdmissionRequest) throws(StatusError) -> PodSecurityReviewPlan {
        let object = request.object ?? .emptyObject
        let (policy, errors) = read(object)
        let before = request.oldObject.map(read)
        if !errors.isEmpty, before?.errors.isEmpty ?? true || before?.errors != errors {
            throw .invalid(request.kind, request.name, errors)
        }
        var plan = PodSecurityReviewPlan()
        if let old = before?.policy {
            guard policy.enforce != old.enforce, policy.enforce.level != .privileged else { return plan }
            if policy.enforce.version == old.enforce.version, policy.enforce.level <= old.enforce.level { return plan }
        }
        if configuration.namespaces.contains(request.name) {
            let warning = PodSecurityReviewPlan.exemption(
                of: object, policy, defaults: configuration.defaults)
            plan.warnings = warning.map { [$0] } ?? []
        } else if before != nil {
            let pods = try objects.list("pods", namespace: request.name).filter { pod in
                let runtimeClass = pod[path: "spec", "runtimeClassName"]?.stringValue ?? ""
                return !configuration.runtimeClasses.contains(runtimeClass)
            }
            plan.warnings = PodSecurityReviewPlan.warnings(of: pods, in: request.name, policy.enforce)
        }
        return plan
    }

    private func read(_ namespace: Value) -> (policy: PodSecurityPolicy, errors: [FieldError]) {
        PodSecurityPolicy.read(
            namespace[path: "metadata", "labels"]?.stringMap ?? [:], defaults: configuration.defaults)
    }
}
