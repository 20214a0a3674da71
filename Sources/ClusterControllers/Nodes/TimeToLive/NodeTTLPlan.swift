/// How long a kubelet may believe what it knows of config maps and secrets, by the size of the cluster.
package struct NodeTTLPlan: Sendable {
    /// Upstream's steps overlap, so that a cluster on the edge does not go to and fro.
    private static let steps: [(sizeMin: Int, sizeMax: Int, seconds: Int)] = [
        (0, 100, 0), (90, 500, 15), (450, 1000, 30), (900, 2000, 60), (1800, .max, 300),
    ]

    private var step = 0

    package init() {}

    package var seconds: Int { Self.steps[step].seconds }

    /// Takes over how many nodes there are now.
    package mutating func follow(nodes: Int) {
        while nodes > Self.steps[step].sizeMax { step += 1 }
        while nodes < Self.steps[step].sizeMin { step -= 1 }
    }
}
