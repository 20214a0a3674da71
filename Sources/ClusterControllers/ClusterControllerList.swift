package import ControllerRuntime

/// Every controller of this room; to add one, write its folder and name it here.
package enum ClusterControllerList {
    package static func all(_ context: ControllerContext, _ settings: ClusterSettings) -> [Controller] {
        let monitors = ResourceMonitors(context)
        let controllers = [
            ServiceAccountsController.make(context),
            RootCAPublisherController.make(context, authority: settings.authority),
            NamespaceController.make(context),
            EndpointsController.make(context),
            EndpointSliceController.make(context),
            EndpointSliceMirroringController.make(context),
            GarbageCollectorController.make(context, monitors),
            PodGCController.make(context),
            NodeLifecycleController.make(context, grace: settings.nodeMonitorGracePeriod),
            TaintEvictionController.make(context),
            TTLAfterFinishedController.make(context),
            RoleAggregationController.make(context),
            DisruptionController.make(context),
            ResourceQuotaController.make(context, monitors),
            ClaimBindingController.make(context),
            VolumePhaseController.make(context),
            ClaimProtectionController.make(context),
            VolumeProtectionController.make(context),
        ]
        return controllers + optional(context, settings)
    }

    private static func optional(_ context: ControllerContext, _ settings: ClusterSettings) -> [Controller] {
        [
            settings.signer.map { CertificateController.make(context, authority: $0) },
            settings.clusterCIDR.flatMap {
                NodeIPAMController.make(context, clusterCIDR: $0, nodeMaskSize: settings.nodeMaskSize)
            },
        ].compactMap { $0 }
    }
}
