package import APITypes
internal import APIMachinery
internal import ControllerRuntime

/// The pods of a StatefulSet: each with a number, a name and claims of its own.
package enum StatefulPod {
    static let nameLabel = "statefulset.kubernetes.io/pod-name"
    static let indexLabel = "apps.kubernetes.io/pod-index"
    static let revisionLabel = "controller-revision-hash"

    /// The number in `web-3` if `web` is the set; `nil` for pods that are none of its own.
    package static func ordinal(of pod: Pod, in set: StatefulSet) -> Int? {
        ordinal(ofPodNamed: pod.metadata.name, in: set)
    }

    static func ordinal(ofPodNamed name: String, in set: StatefulSet) -> Int? {
        let prefix = set.metadata.name + "-"
        guard name.hasPrefix(prefix) else { return nil }
        let digits = name.dropFirst(prefix.count)
        guard let number = Int(digits), number >= 0, String(number) == digits else { return nil }
        return number
    }

    /// - template: that of the revision the pod is to have.
    package static func make(for set: StatefulSet, ordinal: Int, template: PodTemplateSpec, revision: String) -> Pod {
        var pod = PodControl.pod(from: template, for: set)
        pod.metadata.generateName = ""
        pod.metadata.name = "\(set.metadata.name)-\(ordinal)"
        pod.metadata.labels[revisionLabel] = revision
        pod.spec.hostname = pod.metadata.name
        pod.spec.subdomain = set.spec.serviceName
        identify(&pod, ordinal: ordinal)
        pod.spec.volumes = volumes(for: set, pod)
        return pod
    }

    static func identify(_ pod: inout Pod, ordinal: Int) {
        pod.metadata.labels[nameLabel] = pod.metadata.name
        pod.metadata.labels[indexLabel] = String(ordinal)
    }

    static func isIdentified(_ pod: Pod) -> Bool { pod.metadata.labels[nameLabel] == pod.metadata.name }

    /// The claims' volumes take the place of volumes of the same names.
    private static func volumes(for set: StatefulSet, _ pod: Pod) -> [Volume] {
        let names = Set(set.spec.volumeClaimTemplates.map(\.metadata.name))
        let claimed = set.spec.volumeClaimTemplates.map { template in
            var source = PersistentVolumeClaimVolumeSource()
            source.claimName = claimName(template, pod.metadata.name)
            var volume = Volume()
            volume.name = template.metadata.name
            volume.persistentVolumeClaim = source
            return volume
        }
        return claimed + pod.spec.volumes.filter { !names.contains($0.name) }
    }

    static func claimName(_ template: PersistentVolumeClaim, _ pod: String) -> String {
        "\(template.metadata.name)-\(pod)"
    }

    /// The claims that the pod needs.
    package static func claims(for set: StatefulSet, pod: String) -> [PersistentVolumeClaim] {
        set.spec.volumeClaimTemplates.map { template in
            var claim = PersistentVolumeClaim()
            claim.metadata.name = claimName(template, pod)
            claim.metadata.namespace = set.metadata.namespace
            claim.metadata.annotations = template.metadata.annotations
            claim.metadata.labels = template.metadata.labels.merging(set.spec.selector?.matchLabels ?? [:]) { $1 }
            claim.spec = template.spec
            claim.metadata.ownerReferences = ClaimOwners.wanted([], for: set, pod: nil, isCondemned: false)
            return claim
        }
    }
}
