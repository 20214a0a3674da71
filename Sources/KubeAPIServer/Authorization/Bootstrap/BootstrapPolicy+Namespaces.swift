extension BootstrapPolicy {
    static let namespacedRoles = """
        system:controller:bootstrap-signer in kube-public
          read core configmaps
          update core configmaps cluster-info
          create,patch,update core,events.k8s.io events
        extension-apiserver-authentication-reader in kube-system
          read core configmaps extension-apiserver-authentication
        system::leader-locking-kube-controller-manager in kube-system
          create,get,list,update,watch coordination.k8s.io leases
          create,get,list,update,watch coordination.k8s.io leasecandidates
        system::leader-locking-kube-scheduler in kube-system
          create,get,list,update,watch coordination.k8s.io leases
          create,get,list,update,watch coordination.k8s.io leasecandidates
        system:apus-dns in kube-system
          create core services
          patch core services kube-dns
          create discovery.k8s.io endpointslices
          patch discovery.k8s.io endpointslices kube-dns
        system:controller:bootstrap-signer in kube-system
          read core secrets
        system:controller:cloud-provider in kube-system
          create,get,list,watch core configmaps
        system:controller:token-cleaner in kube-system
          delete,get,list,watch core secrets
          create,patch,update core,events.k8s.io events
        """

    static let clusterBindings = """
        cluster-admin : group:system:masters
        system:apus-dns : user:system:apus-dns
        system:apus-kubelet-client -> system:kubelet-api-admin : user:kube-apiserver-kubelet-client
        system:basic-user : group:system:authenticated
        system:discovery : group:system:authenticated
        system:kube-controller-manager : user:system:kube-controller-manager
        system:kube-dns : sa:kube-system/kube-dns
        system:kube-scheduler : user:system:kube-scheduler
        system:monitoring : group:system:monitoring
        system:node :
        system:node-proxier : user:system:kube-proxy
        system:public-info-viewer : group:system:authenticated group:system:unauthenticated
        system:service-account-issuer-discovery : group:system:serviceaccounts
        system:volume-scheduler : user:system:kube-scheduler
        """

    static let namespacedBindings = """
        system:controller:bootstrap-signer in kube-public : sa:kube-system/bootstrap-signer
        system::extension-apiserver-authentication-reader in kube-system -> extension-apiserver-authentication-reader \
        : user:system:kube-controller-manager user:system:kube-scheduler
        system::leader-locking-kube-controller-manager in kube-system : user:system:kube-controller-manager \
        sa:kube-system/kube-controller-manager sa:kube-system/leader-election-controller
        system::leader-locking-kube-scheduler in kube-system : user:system:kube-scheduler \
        sa:kube-system/kube-scheduler
        system:apus-dns in kube-system : user:system:apus-dns
        system:controller:bootstrap-signer in kube-system : sa:kube-system/bootstrap-signer
        system:controller:cloud-provider in kube-system : sa:kube-system/cloud-provider
        system:controller:token-cleaner in kube-system : sa:kube-system/token-cleaner
        """
}
