extension BootstrapPolicy {
    /// Upstream's cluster roles for people, components and nodes. Ours are `system:apus-dns`, and that of the
    /// metrics API, which upstream's metrics server brings.
    static let clusterRoles = """
        admin = aggregate-to-admin
        cluster-admin
          * * *
          * url *
        edit aggregate-to-admin = aggregate-to-edit
        view aggregate-to-edit = aggregate-to-view
        system:aggregate-to-admin aggregate-to-admin
          create authorization.k8s.io localsubjectaccessreviews
          readwrite rbac.authorization.k8s.io rolebindings,roles
        system:aggregate-to-edit aggregate-to-edit
          read core pods/attach,pods/exec,pods/portforward,pods/proxy,secrets,services/proxy
          impersonate core serviceaccounts
          write core pods,pods/attach,pods/exec,pods/portforward,pods/proxy
          create core pods/eviction
          write core \(editedCore)
          create core serviceaccounts/token
          write apps \(editedApps),statefulsets,statefulsets/scale
          write autoscaling horizontalpodautoscalers
          write batch cronjobs,jobs
          write extensions \(editedApps),ingresses,networkpolicies,replicationcontrollers/scale
          write policy poddisruptionbudgets
          write networking.k8s.io ingresses,networkpolicies
          readwrite coordination.k8s.io leases
          write resource.k8s.io resourceclaims,resourceclaimtemplates
        system:aggregate-to-view aggregate-to-view
          read core \(viewedCore)
          read core \(viewedCoreDetails)
          read core namespaces
          read discovery.k8s.io endpointslices
          read apps controllerrevisions,\(viewedApps),statefulsets,statefulsets/scale,statefulsets/status
          read autoscaling horizontalpodautoscalers,horizontalpodautoscalers/status
          read batch cronjobs,cronjobs/status,jobs,jobs/status
          read extensions \(viewedApps),ingresses,ingresses/status,networkpolicies,replicationcontrollers/scale
          read policy poddisruptionbudgets,poddisruptionbudgets/status
          read networking.k8s.io ingresses,ingresses/status,networkpolicies
          read resource.k8s.io resourceclaims,resourceclaims/status,resourceclaimtemplates
        system:aggregated-metrics-reader aggregate-to-admin aggregate-to-edit aggregate-to-view
          read metrics.k8s.io nodes,pods
        system:apus-dns
          list,watch core namespaces,pods,services
          list,watch discovery.k8s.io endpointslices
        system:auth-delegator
          create authentication.k8s.io tokenreviews
          create authorization.k8s.io subjectaccessreviews
        system:basic-user
          create authorization.k8s.io selfsubjectaccessreviews,selfsubjectrulesreviews
          create authentication.k8s.io selfsubjectreviews
        system:certificates.k8s.io:certificatesigningrequests:nodeclient
          create certificates.k8s.io certificatesigningrequests/nodeclient
        system:certificates.k8s.io:certificatesigningrequests:selfnodeclient
          create certificates.k8s.io certificatesigningrequests/selfnodeclient
        system:certificates.k8s.io:kube-apiserver-client-approver
          approve certificates.k8s.io signers kubernetes.io/kube-apiserver-client
        system:certificates.k8s.io:kube-apiserver-client-kubelet-approver
          approve certificates.k8s.io signers kubernetes.io/kube-apiserver-client-kubelet
        system:certificates.k8s.io:kubelet-serving-approver
          approve certificates.k8s.io signers kubernetes.io/kubelet-serving
        system:certificates.k8s.io:legacy-unknown-approver
          approve certificates.k8s.io signers kubernetes.io/legacy-unknown
        system:discovery
          get url /api,/api/*,/apis,/apis/*,/healthz,/livez,/openapi,/openapi/*,/readyz,/version,/version/
        system:heapster
          read core events,namespaces,nodes,pods
          read extensions deployments
        system:kube-aggregator
          read core endpoints,services
        system:kube-controller-manager
          create,patch,update core,events.k8s.io events
          create coordination.k8s.io leases
          get,update coordination.k8s.io leases kube-controller-manager
          create core secrets,serviceaccounts
          delete core secrets
          get core configmaps,namespaces,secrets,serviceaccounts
          update core secrets,serviceaccounts
          create authentication.k8s.io tokenreviews
          create authorization.k8s.io subjectaccessreviews
          list,watch * *
          create core serviceaccounts/token
        system:kube-dns
          list,watch core endpoints,services
        \(scheduler)
        system:kubelet-api-admin
          read core nodes
          proxy core nodes
          * core nodes/log,nodes/metrics,nodes/proxy,nodes/stats
          * core nodes/configz,nodes/healthz,nodes/pods
        system:monitoring
          get url /healthz,/healthz/*,/livez,/livez/*,/metrics,/metrics/slis,/readyz,/readyz/*
        \(node)
        system:node-bootstrapper
          create,get,list,watch certificates.k8s.io certificatesigningrequests
        system:node-problem-detector
          get core nodes
          patch core nodes/status
          create,patch,update core,events.k8s.io events
        system:node-proxier
          list,watch core endpoints,services
          read core nodes
          create,patch,update core,events.k8s.io events
          list,watch networking.k8s.io servicecidrs
          list,watch discovery.k8s.io endpointslices
        system:persistent-volume-provisioner
          create,delete,get,list,watch core persistentvolumes
          get,list,update,watch core persistentvolumeclaims
          read storage.k8s.io storageclasses
          watch core events
          create,patch,update core,events.k8s.io events
        system:public-info-viewer
          get url /healthz,/livez,/readyz,/version,/version/
        system:service-account-issuer-discovery
          get url \(discoveryPaths)
        system:volume-scheduler
          get,list,patch,update,watch core persistentvolumes
          read storage.k8s.io storageclasses
          get,list,patch,update,watch core persistentvolumeclaims
        """

    private static let editedCore =
        "configmaps,events,persistentvolumeclaims,replicationcontrollers,replicationcontrollers/scale,secrets,"
        + "serviceaccounts,services,services/proxy"
    private static let editedApps =
        "daemonsets,deployments,deployments/rollback,deployments/scale,replicasets,replicasets/scale"
    private static let viewedCore =
        "configmaps,endpoints,persistentvolumeclaims,persistentvolumeclaims/status,pods,replicationcontrollers,"
        + "replicationcontrollers/scale,serviceaccounts,services,services/status"
    private static let viewedCoreDetails =
        "bindings,events,limitranges,namespaces/status,pods/log,pods/status,replicationcontrollers/status,"
        + "resourcequotas,resourcequotas/status"
    private static let viewedApps =
        "daemonsets,daemonsets/status,deployments,deployments/scale,deployments/status,replicasets,"
        + "replicasets/scale,replicasets/status"
    private static let discoveryPaths =
        "/.well-known/openid-configuration,/.well-known/openid-configuration/,/openid/v1/jwks,/openid/v1/jwks/"

    private static let scheduler = """
        system:kube-scheduler
          create,patch,update core,events.k8s.io events
          create coordination.k8s.io leases
          get,list,update,watch coordination.k8s.io leases kube-scheduler
          readwrite coordination.k8s.io leasecandidates
          read core nodes
          delete,get,list,watch core pods
          create core bindings,pods/binding
          patch,update core pods/status
          read core replicationcontrollers,services
          read apps,extensions replicasets
          read apps statefulsets
          read policy poddisruptionbudgets
          read core persistentvolumeclaims,persistentvolumes
          create authentication.k8s.io tokenreviews
          create authorization.k8s.io subjectaccessreviews
          read storage.k8s.io csinodes
          read storage.k8s.io volumeattachments
          read core namespaces
          read storage.k8s.io csidrivers
          read storage.k8s.io csistoragecapacities
          read resource.k8s.io deviceclasses
          get,list,patch,update,watch resource.k8s.io resourceclaims
          get,list,patch,update,watch resource.k8s.io resourceclaims/status
          get,list,patch,update,watch core pods/finalizers
          read resource.k8s.io resourceslices
          patch,update resource.k8s.io resourceclaims/binding
        """

    private static let node = """
        system:node
          create authentication.k8s.io tokenreviews
          create authorization.k8s.io localsubjectaccessreviews,subjectaccessreviews
          read core services
          create,get,list,watch core nodes
          patch,update core nodes/status
          patch,update core nodes
          create,patch,update core events
          read core pods
          create,delete core pods
          patch,update core pods/status
          create core pods/eviction
          read core configmaps,secrets
          get core persistentvolumeclaims,persistentvolumes
          get core endpoints
          create,get,list,watch certificates.k8s.io certificatesigningrequests
          create,delete,get,patch,update coordination.k8s.io leases
          get storage.k8s.io volumeattachments
          create core serviceaccounts/token
          get,patch,update core persistentvolumeclaims/status
          read storage.k8s.io csidrivers
          create,delete,get,patch,update storage.k8s.io csinodes
          read node.k8s.io runtimeclasses
          get resource.k8s.io resourceclaims
          deletecollection resource.k8s.io resourceslices
          get core serviceaccounts
        """
}
