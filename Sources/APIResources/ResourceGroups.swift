/// The customizations of every group, each from its own folder.
enum ResourceGroups {
    static let all: [String: [String: ResourceCustomization]] = [
        "": CoreResources.all,
        "apps": AppsResources.all,
        "events.k8s.io": CoreResources.events,
        "batch": BatchResources.all,
        "autoscaling": PolicyResources.autoscaling,
        "policy": PolicyResources.policy,
        "scheduling.k8s.io": PolicyResources.scheduling,
        "node.k8s.io": PolicyResources.node,
        "flowcontrol.apiserver.k8s.io": PolicyResources.flowcontrol,
        "networking.k8s.io": NetworkingResources.networking,
        "discovery.k8s.io": NetworkingResources.discovery,
        "storage.k8s.io": StorageResources.all,
        "rbac.authorization.k8s.io": AuthorizationResources.all,
        "authorization.k8s.io": AuthorizationResources.reviews,
        "admissionregistration.k8s.io": AdmissionResources.all,
        "coordination.k8s.io": ClusterResources.coordination,
        "certificates.k8s.io": ClusterResources.certificates,
        "resource.k8s.io": AllocationResources.all,
        "apiextensions.k8s.io": ApiextensionsResources.all,
        "apiregistration.k8s.io": ClusterResources.registration,
    ]
}
