/// Built-in kinds that are on their way out, in upstream's words.
enum DeprecatedKinds {
    /// What clients of `group/version/Kind` are told with every answer.
    static func warning(_ name: String) -> String? { warnings[name] }

    private static let warnings: [String: String] = {
        var all = ["/v1/Endpoints": "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"]
        for (version, kinds, since, until, replacement) in versions {
            for kind in kinds.split(separator: ",") {
                let use = replacement.isEmpty ? "" : "; use \(replacement) \(kind)"
                all["\(version)/\(kind)"] =
                    "\(version) \(kind) is deprecated in v1.\(since)+, unavailable in v1.\(until)+\(use)"
            }
        }
        return all
    }()

    /// Version, kinds, the releases since and until when, what is there instead.
    private static let versions: [(String, String, Int, Int, String)] = [
        (
            "admissionregistration.k8s.io/v1alpha1",
            "MutatingAdmissionPolicy,MutatingAdmissionPolicyBinding", 35, 38, ""
        ),
        ("certificates.k8s.io/v1alpha1", "ClusterTrustBundle", 34, 37, ""),
        ("coordination.k8s.io/v1beta1", "LeaseCandidate", 36, 39, ""),
        ("coordination.k8s.io/v1alpha2", "LeaseCandidate", 35, 38, ""),
        ("networking.k8s.io/v1beta1", "IPAddress,ServiceCIDR", 34, 37, ""),
        ("resource.k8s.io/v1beta2", "DeviceClass,ResourceClaim,ResourceClaimTemplate,ResourceSlice", 36, 39, ""),
        ("resource.k8s.io/v1beta1", "DeviceClass,ResourceClaim,ResourceClaimTemplate,ResourceSlice", 35, 38, ""),
        ("resource.k8s.io/v1alpha3", "DeviceTaintRule", 36, 39, ""),
        ("storage.k8s.io/v1beta1", "VolumeAttributesClass", 34, 37, "storage.k8s.io/v1"),
    ]
}
