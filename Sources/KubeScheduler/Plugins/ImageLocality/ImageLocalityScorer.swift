/// Prefers nodes that have the pod's images, the larger and the more widely spread the more.
package struct ImageLocalityScorer: NodeScorer {
    package static let plugin = PluginName.imageLocality

    /// Less than this is not worth a detour.
    private static let sizeMin: Int64 = 23 * 1024 * 1024
    /// For each container, more than this counts no more.
    private static let sizeMax: Int64 = 1000 * 1024 * 1024

    /// Each image with the share of nodes that have it, so that a rare image draws no crowd to one node.
    let images: [(name: String, share: Double)]
    let containerCount: Int64

    package static func prepare(
        _ pod: PendingPod, _ snapshot: ClusterSnapshot, _ candidates: [NodeInfo]
    ) -> Self? {
        let total = Double(max(1, snapshot.nodes.count))
        let images = pod.images.compactMap { name in
            snapshot.imageNodes[name].map { (name: name, share: Double($0) / total) }
        }
        return images.isEmpty ? nil : Self(images: images, containerCount: Int64(pod.containerCount))
    }

    package func scores(of candidates: [NodeInfo]) -> [Int64] {
        let sizeMax = Self.sizeMax * containerCount
        return candidates.map { node in
            var sum: Int64 = 0
            for image in images {
                if let size = node.shape.images[image.name] { sum += Int64(Double(size) * image.share) }
            }
            let bounded = min(max(sum, Self.sizeMin), sizeMax)
            return NodeScore.best * (bounded - Self.sizeMin) / (sizeMax - Self.sizeMin)
        }
    }
}
