/// The customizations of every group, each from its own folder.
enum ResourceGroups {
    static let all: [String: [String: ResourceCustomization]] = [
        "": CoreResources.all,
        "rbac.authorization.k8s.io": AuthorizationResources.all,
    ]
}
