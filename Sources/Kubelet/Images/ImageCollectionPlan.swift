package import ContainerRuntime
internal import Determinism

/// Which images to remove when the disk fills up: unused ones, the longest unused first. Pure.
package enum ImageCollectionPlan {
    /// An image that came less than this ago is left alone: its pod may just be starting.
    package static let ageMin = Duration.seconds(120)

    /// - Parameters:
    ///   - usedPercent: How full the file system of images is.
    ///   - lastUsed: When each image (by id) was last seen in use or first seen, in uptime.
    package static func surplus(
        _ images: [RuntimeImage], inUse: Set<String>, lastUsed: [String: Duration], now: Duration, usedPercent: Int,
        capacityBytes: UInt64, highPercent: Int, lowPercent: Int
    ) -> [String] {
        guard usedPercent >= highPercent else { return [] }
        var toFree = Int64(capacityBytes / 100) * Int64(max(usedPercent - lowPercent, 1))
        let candidates = images.filter { image in
            !image.pinned && !inUse.contains(image.id) && now - (lastUsed[image.id] ?? now) >= ageMin
        }
        var chosen: [String] = []
        for image in candidates.sorted(by: { (lastUsed[$0.id] ?? .zero, $0.id) < (lastUsed[$1.id] ?? .zero, $1.id) }) {
            guard toFree > 0 else { break }
            chosen.append(image.id)
            toFree -= Int64(clamping: image.sizeBytes)
        }
        return chosen
    }
}
