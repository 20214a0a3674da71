/// All filters that have something to say about a pod, made ready for one snapshot.
struct FilterChain {
    private let pod: PendingPod
    private let profile: Profile
    private let filters: [any NodeFilter]
    private let looksBeyondNode: Bool
    /// The only nodes worth asking, where the pod names them.
    let onlyNodes: Set<String>?
    /// Who named them.
    let namingPlugins: [PluginName]

    init(_ pod: PendingPod, _ snapshot: ClusterSnapshot, _ profile: Profile) throws(GeneralRefusal) {
        self.pod = pod
        self.profile = profile
        var filters: [any NodeFilter] = []
        var only: Set<String>?
        var naming: [PluginName] = []
        for type in profile.filters {
            guard let filter = try Self.prepare(type, pod, snapshot) else { continue }
            filters.append(filter)
            guard let names = filter.onlyNodes else { continue }
            only = only?.intersection(names) ?? names
            naming.append(type.plugin)
        }
        self.filters = filters
        looksBeyondNode = filters.contains { $0.looksBeyondNode }
        onlyNodes = only
        namingPlugins = naming
    }

    private static func prepare(
        _ type: any NodeFilter.Type, _ pod: PendingPod, _ snapshot: ClusterSnapshot
    ) throws(GeneralRefusal) -> (any NodeFilter)? {
        try type.prepare(pod, snapshot)
    }

    /// The first objection to a node, counting pods that were promised room there and are no less important.
    /// The node must do without them, too: they may never come.
    func verdict(on index: Int, _ snapshot: ClusterSnapshot) -> Verdict? {
        let node = snapshot.nodes[index]
        if let promised = snapshot.nominated[node.name] {
            let before = promised.filter { $0.priority >= pod.info.priority && $0.uid != pod.info.uid }
            if !before.isEmpty {
                let crowded = before.reduce(node) { $0.adding($1) }
                if let verdict = verdict(on: index, as: crowded, snapshot) { return verdict }
            }
        }
        return verdict(on: node)
    }

    /// The first objection if the node were as given.
    func verdict(on index: Int, as node: NodeInfo, _ snapshot: ClusterSnapshot) -> Verdict? {
        guard looksBeyondNode else { return verdict(on: node) }
        do throws(GeneralRefusal) {
            let imagined = snapshot.replacing(index, with: node)
            return try FilterChain(pod, imagined, profile).verdict(on: node)
        } catch {
            return Verdict(error.plugin, [error.message], isFinal: true)
        }
    }

    private func verdict(on node: NodeInfo) -> Verdict? {
        for filter in filters {
            if let verdict = filter.verdict(on: node) { return verdict }
        }
        return nil
    }

    /// All objections, not the first alone.
    func details(on node: NodeInfo) -> [String] { filters.flatMap { $0.details(on: node) } }
}
