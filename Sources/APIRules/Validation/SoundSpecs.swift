package import APIMachinery
internal import Synchronization

/// Pods' specs in which no rule found a fault, so that pods that are made alike are looked over once.
///
/// The rules see nothing but the spec, with two exceptions. Claims of ephemeral volumes are named after their pod: such
/// specs are not kept. And pods of one workload differ in the name that admission gave to the volume with their token:
/// it may be another one, if it is so wherever it stands.
package final class SoundSpecs: Sendable {
    /// Specs that are kept; the oldest goes first.
    package static let keptMax = 8
    /// What the names of volumes with tokens begin with.
    package static let tokenVolumePrefix = "kube-api-access-"

    private let kept = Mutex<[Named]>([])

    package init() {}

    /// Whether a spec like this one is known to have no fault.
    package func hold(_ spec: Value) -> Bool {
        guard let spec = Named(spec) else { return false }
        return kept.withLock { $0 }.contains { spec.isLike($0) }
    }

    /// Keeps a spec that has no fault.
    package func keep(_ spec: Value) {
        guard let spec = Named(spec) else { return }
        kept.withLock { kept in
            if kept.count >= Self.keptMax { kept.removeFirst() }
            kept.append(spec)
        }
    }
}

/// A spec and the name of its volume with a token.
private struct Named: Sendable {
    let spec: Fields
    let tokenVolume: String

    /// `nil` for what cannot be compared.
    init?(_ value: Value) {
        guard let spec = value.objectValue else { return nil }
        let volumes = spec["volumes"]?.arrayValue ?? []
        guard !volumes.contains(where: { $0["ephemeral"] != nil }) else { return nil }
        self.spec = spec
        tokenVolume = volumes.last?["name"]?.stringValue ?? ""
        guard tokenVolume.isEmpty || Names.dns1123Label(tokenVolume).isEmpty else { return nil }
    }

    private var hasTokenVolume: Bool { tokenVolume.hasPrefix(SoundSpecs.tokenVolumePrefix) }

    func isLike(_ other: Named) -> Bool {
        guard hasTokenVolume, other.hasTokenVolume else { return spec == other.spec }
        return all(spec, other.spec) { name, mine, its in
            switch name {
            case "volumes": areLike(mine, its, other) { $0 == "name" ? isLike($1, $2, other) : $1 == $2 }
            case "containers", "initContainers": areLike(mine, its, other) { isLikeInContainer($0, $1, $2, other) }
            case _: mine == its
            }
        }
    }

    private func isLikeInContainer(_ field: String, _ mine: Value, _ its: Value, _ other: Named) -> Bool {
        guard field == "volumeMounts" || field == "volumeDevices" else { return mine == its }
        return areLike(mine, its, other) { $0 == "name" ? isLike($1, $2, other) : $1 == $2 }
    }

    /// The name of a volume: of both volumes with tokens, or of neither.
    private func isLike(_ mine: Value, _ its: Value, _ other: Named) -> Bool {
        let (mine, its) = (mine.stringValue, its.stringValue)
        return mine == tokenVolume || its == other.tokenVolume
            ? mine == tokenVolume && its == other.tokenVolume : mine == its
    }

    private func areLike(
        _ mine: Value, _ its: Value, _ other: Named, _ isLike: (String, Value, Value) -> Bool
    ) -> Bool {
        guard case (.array(let mine), .array(let its)) = (mine, its), mine.count == its.count else {
            return mine == its
        }
        return zip(mine, its).allSatisfy { mine, its in
            guard case (.object(let mine), .object(let its)) = (mine, its) else { return false }
            return all(mine, its, isLike)
        }
    }

    private func all(_ mine: Fields, _ its: Fields, _ isLike: (String, Value, Value) -> Bool) -> Bool {
        mine.count == its.count
            && zip(mine.elements, its.elements).allSatisfy { $0.name == $1.name && isLike($0.name, $0.value, $1.value) }
    }
}
