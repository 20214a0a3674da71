package import ControllerRuntime

/// Every controller of this room; to add one, write its folder and name it here, with the service account that it
/// acts as and, where it is another, the name that its events bear: both upstream's.
package enum ClusterControllerList {
    package static func all(_ context: ControllerContext, _ settings: ClusterSettings) -> [Controller] {
        // What is watched is watched for all, as the component.
        let monitors = ResourceMonitors(context)
        return [
            ServiceAccountsController.make(context.acting(as: "service-account-controller")),
            RootCAPublisherController.make(context.acting(as: "root-ca-cert-publisher"), authority: settings.authority),
            NamespaceController.make(context.acting(as: "namespace-controller")),
            EndpointsController.make(context.acting(as: "endpoint-controller")),
            EndpointSliceController.make(
                context.acting(as: "endpointslice-controller", component: "endpoint-slice-controller")),
            EndpointSliceMirroringController.make(
                context.acting(
                    as: "endpointslicemirroring-controller", component: "endpoint-slice-mirroring-controller")),
            GarbageCollectorController.make(
                context.acting(as: "generic-garbage-collector", component: "garbage-collector-controller"), monitors),
            PodGCController.make(context.acting(as: "pod-garbage-collector")),
            ServiceCIDRController.make(
                context.acting(as: "service-cidrs-controller", component: "service-cidr-controller")),
            TTLAfterFinishedController.make(context.acting(as: "ttl-after-finished-controller")),
            RoleAggregationController.make(context.acting(as: "clusterrole-aggregation-controller")),
            PolicyStatusController.make(context.acting(as: "validatingadmissionpolicy-status-controller")),
            DisruptionController.make(context.acting(as: "disruption-controller", component: "controllermanager")),
            ResourceQuotaController.make(
                context.acting(as: "resourcequota-controller", component: "resource-quota-controller"), monitors),
        ] + volumes(context) + nodes(context, settings) + certificates(context, settings)
    }

    private static func certificates(_ context: ControllerContext, _ settings: ClusterSettings) -> [Controller] {
        guard let signer = settings.signer else { return [] }
        return [CertificateController.make(context.acting(as: "certificate-controller"), authority: signer)]
    }

    private static func volumes(_ context: ControllerContext) -> [Controller] {
        let binder = context.acting(as: "persistent-volume-binder", component: "persistentvolume-controller")
        return [
            ClaimBindingController.make(binder),
            VolumePhaseController.make(binder),
            ClaimProtectionController.make(context.acting(as: "pvc-protection-controller")),
            VolumeProtectionController.make(context.acting(as: "pv-protection-controller")),
        ]
    }

    private static func nodes(_ context: ControllerContext, _ settings: ClusterSettings) -> [Controller] {
        let addresses = context.acting(as: "node-controller", component: "cidrAllocator")
        let range = settings.clusterCIDR.flatMap {
            NodeIPAMController.make(addresses, clusterCIDR: $0, nodeMaskSize: settings.nodeMaskSize)
        }
        return [
            NodeLifecycleController.make(context.acting(as: "node-controller"), settings.nodeLifecycle),
            NodeTTLController.make(context.acting(as: "ttl-controller")),
            TaintEvictionController.make(context.acting(as: "node-controller", component: "taint-eviction-controller")),
        ] + [range].compactMap { $0 }
    }
}
