internal import APIClient
internal import APIMachinery
internal import APIRules
internal import APITypes
internal import CEL
internal import ControllerRuntime

/// Writes into the status of validating policies what is wrong with their expressions, given the kinds that they are
/// about.
///
/// **Flow.** A policy whose `status.observedGeneration` is behind is checked against the built-in and custom kinds of
/// that moment; as upstream does it, it is not checked again when those change.
struct PolicyStatusController: Reconciler {
    let context: ControllerContext
    let policies: Informer<ValidatingAdmissionPolicy>
    let definitions: Informer<CustomResourceDefinition>

    static func make(_ context: ControllerContext) -> Controller {
        let queue = context.queue()
        let policies = context.informers.informer(ValidatingAdmissionPolicy.self)
        let definitions = context.informers.informer(CustomResourceDefinition.self)
        policies.addHandler { event in
            if case .deleted = event { return }
            queue.add(ObjectKey(name: event.object.metadata.name))
        }
        return Controller(
            name: "validatingadmissionpolicy-status",
            reconciler: PolicyStatusController(context: context, policies: policies, definitions: definitions),
            queue: queue, logger: context.logger)
    }

    func reconcile(_ key: ObjectKey) async throws -> ReconcileResult {
        await policies.waitForSync()
        await definitions.waitForSync()
        guard let policy = policies.get(key), policy.metadata.generation > policy.status.observedGeneration else {
            return .done
        }
        let warnings = check(policy.value).map { warning -> Value in
            ["fieldRef": .string(warning.fieldRef), "warning": .string(warning.warning)]
        }
        let typeChecking: Value = ["expressionWarnings": warnings.isEmpty ? .null : .array(warnings)]
        let patch = Patch.merge([
            "status": ["observedGeneration": .integer(policy.metadata.generation), "typeChecking": typeChecking]
        ])
        _ = try await context.client.patch(ValidatingAdmissionPolicy.self, key.name, subresource: "status", patch)
        return .done
    }

    private func check(_ policy: Value) -> [PolicyTypeCheck.Warning] {
        let kinds = PolicyTypeCheck.kinds(of: policy, resolve: kind).compactMap { kind in
            schema(of: kind, name: kind.kind).map { (kind, $0) }
        }
        let param = policy[path: "spec", "paramKind"]
        let version = GroupVersion(param?["apiVersion"]?.stringValue ?? "")
        let name = param?["kind"]?.stringValue ?? ""
        let params = schema(
            of: GroupVersionKind(group: version.group, version: version.version, kind: name), name: "params.\(name)")
        return PolicyTypeCheck.warnings(of: policy, kinds, params: params)
    }

    private func kind(of resource: GroupVersionResource) -> GroupVersionKind? {
        if let known = SchemaCatalog.builtin.resource(resource) { return known.groupVersionKind }
        let definition = definitions.list().first {
            $0.spec.group == resource.group && $0.spec.names.plural == resource.resource
                && $0.spec.versions.contains { $0.name == resource.version && $0.served }
        }
        return definition.map {
            GroupVersionKind(group: resource.group, version: resource.version, kind: $0.spec.names.kind)
        }
    }

    private func schema(of kind: GroupVersionKind, name: String) -> CELSchema? {
        if let known = SchemaCatalog.builtin.type(for: kind) { return known.celSchema(name: name) }
        let definition = definitions.list().first { $0.spec.group == kind.group && $0.spec.names.kind == kind.kind }
        let version = definition?.spec.versions.first { $0.name == kind.version && $0.served }
        guard let schema = version?.schema?.value["openAPIV3Schema"] else { return nil }
        return CustomSchema(schema).celSchema(ofKind: name)
    }
}
