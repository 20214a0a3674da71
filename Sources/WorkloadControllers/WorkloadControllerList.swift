internal import APITypes
package import ControllerRuntime

/// Every controller of this room; to add one, write its folder and name it here.
package enum WorkloadControllerList {
    package static func all(_ context: ControllerContext) -> [Controller] {
        [
            ReplicationReconciler<ReplicaSet>.make(context),
            ReplicationReconciler<ReplicationController>.make(context),
            DeploymentController.make(context),
            JobController.make(context),
            JobOrphanController.make(context),
            CronJobController.make(context),
            DaemonSetController.make(context),
            StatefulSetController.make(context),
            AutoscalingController.make(context),
        ]
    }
}
