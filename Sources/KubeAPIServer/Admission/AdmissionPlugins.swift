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
        let configuration = parts.configuration
        let (told, choice) = (configuration.admission, configuration.plugins)
        let all: [any AdmissionPlugin] = [
            AlwaysAdmit(), NamespaceAutoProvision(objects: objects, time: parts.time, random: parts.random),
            NamespaceLifecycle(objects: objects), NamespaceExists(objects: objects),
            LimitPodHardAntiAffinityTopology(), LimitRanger(objects: objects),
            ServiceAccountAdmission(objects: objects, time: parts.time, random: parts.random),
            NodeRestrictionAdmission(objects: objects), TaintNodesByCondition(), AlwaysPullImages(),
            ImagePolicyWebhook(told.imagePolicy, time: parts.time, random: parts.random, logger: parts.logger),
            PodSecurityAdmission(objects: objects, configuration: told.podSecurity),
            PodNodeSelector(objects: objects, selectors: told.nodeSelectors), PriorityAdmission(objects: objects),
            DefaultTolerationSeconds(),
            PodTolerationRestriction(
                objects: objects, clusterDefaults: told.defaultTolerations, clusterAllowed: told.allowedTolerations),
            EventRateLimit(told.eventLimits, time: parts.time), ExtendedResourceToleration(),
            DefaultStorageClass(objects: objects), StorageProtection(),
            OwnerReferencesPermissionEnforcement(authorizer: parts.authorizer, catalog: parts.catalog),
            ClaimResize(objects: objects), RuntimeClassAdmission(objects: objects),
            CertificateAdmission(authorizer: parts.authorizer, choice: choice), DefaultIngressClass(objects: objects),
            DenyServiceExternalIPs(), PodTopologyLabels(objects: objects),
            NodeDeclaredFeatureValidator(objects: objects), PodResizeValidator(objects: objects),
            EscalationGuard(authorizer: parts.authorizer, rbac: parts.rbac),
            MutatingAdmissionPolicy(index: parts.mutatingPolicies, dispatch: policies),
            MutatingAdmissionWebhook(index: parts.mutatingWebhooks, dispatch: dispatch),
            parts.services,
            ValidatingAdmissionPolicy(index: parts.validatingPolicies, dispatch: policies),
            ValidatingAdmissionWebhook(index: parts.validatingWebhooks, dispatch: dispatch),
            ResourceQuotaAdmission(objects: objects, time: parts.time, random: parts.random), AlwaysDeny(),
            ServiceAddressClaim(
                allocation: parts.services, objects: objects, time: parts.time, random: parts.random),
        ]
        let known = Set(AdmissionChoice.plugins.map(\.name))
        // Some do what upstream's registry does, and are no plugins there.
        let plugins = all.filter { choice.isOn($0.name) || !known.contains($0.name) }
        let metrics = AdmissionMetrics(names: plugins.map(\.name), registry: parts.metrics.registry)
        return AdmissionChain(plugins, metrics: metrics, time: parts.time)
    }
}
