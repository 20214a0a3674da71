internal import APIMachinery
internal import APIRegistry

/// Roles and bindings, whose names may hold colons.
enum AuthorizationResources {
    static let all: [String: ResourceCustomization] = [
        "roles": plain, "clusterroles": plain, "rolebindings": plain, "clusterrolebindings": plain,
    ]

    private static let plain = ResourceCustomization(
        strategy: PlainStrategy(hasStatus: false, nameRule: { Names.pathSegment($0) }))
}
