internal import APIMachinery

/// The plugins that are on, in upstream's order.
enum AdmissionPlugins {
    static func chain(_ parts: ServerParts) -> AdmissionChain {
        let objects = parts.objects
        let webhooks = WebhookMetrics(parts.metrics.registry)
        let dispatch = WebhookDispatch(
            metrics: webhooks, time: parts.time, objects: objects, catalog: parts.catalog,
            caller: parts.webhooks.transport, authorizer: parts.authorizer, random: parts.random,
            logger: parts.logger)
        let policies = PolicyDispatch(objects: objects, catalog: parts.catalog, authorizer: parts.authorizer)
        let plugins: [any AdmissionPlugin] = [
            NamespaceLifecycle(objects: objects),
            LimitRanger(objects: objects),
            ServiceAccountAdmission(objects: objects, time: parts.time, random: parts.random),
            NodeRestrictionAdmission(objects: objects),
            TaintNodesByCondition(),
            PodSecurityAdmission(objects: objects, configuration: parts.configuration.podSecurity),
            PriorityAdmission(objects: objects),
            DefaultTolerationSeconds(),
            DefaultStorageClass(objects: objects),
            StorageProtection(),
            ClaimResize(objects: objects),
            RuntimeClassAdmission(objects: objects),
            CertificateAdmission(authorizer: parts.authorizer),
            DefaultIngressClass(objects: objects),
            PodTopologyLabels(objects: objects),
            EscalationGuard(authorizer: parts.authorizer, rbac: parts.rbac),
            MutatingAdmissionPolicy(index: parts.mutatingPolicies, dispatch: policies),
            MutatingAdmissionWebhook(index: parts.mutatingWebhooks, dispatch: dispatch),
            parts.services,
            ValidatingAdmissionPolicy(index: parts.validatingPolicies, dispatch: policies),
            ValidatingAdmissionWebhook(index: parts.validatingWebhooks, dispatch: dispatch),
            ResourceQuotaAdmission(objects: objects, time: parts.time, random: parts.random),
        ]
        let metrics = AdmissionMetrics(names: plugins.map(\.name), registry: parts.metrics.registry)
        return AdmissionChain(plugins, metrics: metrics, time: parts.time)
    }
}
