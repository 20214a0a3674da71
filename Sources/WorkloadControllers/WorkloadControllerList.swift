internal import APITypes
package import ControllerRuntime

/// Every controller of this room; to add one, write its folder and name it here, with the service account that it
/// acts as and, where it is another, the name that its events bear: both upstream's.
package enum WorkloadControllerList {
    package static func all(_ context: ControllerContext) -> [Controller] {
        [
            ReplicationReconciler<ReplicaSet>.make(context.acting(as: "replicaset-controller")),
            ReplicationReconciler<ReplicationController>.make(context.acting(as: "replication-controller")),
            DeploymentController.make(context.acting(as: "deployment-controller")),
            JobController.make(context.acting(as: "job-controller")),
            JobOrphanController.make(context.acting(as: "job-controller")),
            CronJobController.make(context.acting(as: "cronjob-controller")),
            DaemonSetController.make(context.acting(as: "daemon-set-controller", component: "daemonset-controller")),
            StatefulSetController.make(context.acting(as: "statefulset-controller")),
            AutoscalingController.make(context.acting(as: "horizontal-pod-autoscaler")),
        ]
    }
}
