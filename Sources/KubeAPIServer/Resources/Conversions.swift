internal import APIMachinery
internal import APIResources
internal import APIRules

/// How a served version becomes the stored one and back.
enum Conversions {
    static func between(served: ResourceInfo, stored: ResourceInfo) -> VersionConversion? {
        guard served.groupVersion != stored.groupVersion else { return nil }
        switch (served.groupVersion.description, served.plural) {
        case ("events.k8s.io/v1", "events"):
            return VersionConversion(
                toStorage: { EventConversion.toCore($0) }, fromStorage: { EventConversion.fromCore($0) },
                judge: { event, old in
                    old.map { EventRules.update(event, from: $0) } ?? EventRules.creation(event)
                })
        case ("autoscaling/v1", "horizontalpodautoscalers"):
            return VersionConversion(
                toStorage: { AutoscalerConversion.toV2($0) }, fromStorage: { AutoscalerConversion.toV1($0) })
        case ("resource.k8s.io/v1beta1", "resourceclaims"), ("resource.k8s.io/v1beta1", "resourceclaimtemplates"),
            ("resource.k8s.io/v1beta1", "resourceslices"):
            return VersionConversion(
                toStorage: { DeviceConversion.toV1($0) }, fromStorage: { DeviceConversion.toV1beta1($0) })
        case _:
            return .renaming(served: served.groupVersionKind, stored: stored.groupVersionKind)
        }
    }
}
