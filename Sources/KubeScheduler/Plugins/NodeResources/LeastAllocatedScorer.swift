/// Prefers nodes on which more of processor and memory stays free.
package struct LeastAllocatedScorer: NodeScorer {
    package static let plugin = PluginName.nodeResourcesFit

    let cpuMillis: Int64
    let memory: Int64

    package static func prepare(
        _ pod: PendingPod, _ snapshot: ClusterSnapshot, _ candidates: [NodeInfo]
    ) -> Self? {
        Self(cpuMillis: pod.info.nonZeroCPUMillis, memory: pod.info.nonZeroMemory)
    }

    package func scores(of candidates: [NodeInfo]) -> [Int64] {
        candidates.map { node in
            let all = node.shape.allocatable
            var sum: Int64 = 0
            var resources: Int64 = 0
            if all.cpuMillis > 0 {
                sum += share(free: all.cpuMillis - node.nonZeroCPUMillis - cpuMillis, of: all.cpuMillis)
                resources += 1
            }
            if all.memory > 0 {
                sum += share(free: all.memory - node.nonZeroMemory - memory, of: all.memory)
                resources += 1
            }
            return resources == 0 ? 0 : sum / resources
        }
    }

    private func share(free: Int64, of all: Int64) -> Int64 {
        guard free > 0 else { return 0 }
        let (product, overflow) = free.multipliedReportingOverflow(by: NodeScore.best)
        return overflow ? free / (all / NodeScore.best) : product / all
    }
}
