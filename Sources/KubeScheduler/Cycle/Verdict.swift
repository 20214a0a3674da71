/// The plugins, by upstream's names.
package enum PluginName: String, Sendable, CaseIterable {
    case nodeUnschedulable = "NodeUnschedulable"
    case nodeName = "NodeName"
    case taintToleration = "TaintToleration"
    case nodeAffinity = "NodeAffinity"
    case nodePorts = "NodePorts"
    case nodeResourcesFit = "NodeResourcesFit"
    case balancedAllocation = "NodeResourcesBalancedAllocation"
    case volumeRestrictions = "VolumeRestrictions"
    case volumeBinding = "VolumeBinding"
    case podTopologySpread = "PodTopologySpread"
    case interPodAffinity = "InterPodAffinity"
    case imageLocality = "ImageLocality"
    case defaultPreemption = "DefaultPreemption"
}

/// Why a node does not do.
package struct Verdict: Sendable, Hashable {
    package let plugin: PluginName
    /// In upstream's words; what users see is a count of each.
    package let reasons: [String]
    /// No pod's removal would change it.
    package let isFinal: Bool

    package init(_ plugin: PluginName, _ reasons: [String], isFinal: Bool = false) {
        self.plugin = plugin
        self.reasons = reasons
        self.isFinal = isFinal
    }
}

/// Why no node does, whatever node it is.
package struct GeneralRefusal: Error, Sendable, Hashable {
    package let plugin: PluginName
    package let message: String

    package init(_ plugin: PluginName, _ message: String) {
        self.plugin = plugin
        self.message = message
    }
}

/// What was found about every node, kept small: each distinct verdict once, and a number for each node.
package struct NodeVerdicts: Sendable {
    private static let unseen: UInt16 = 0
    private static let fits: UInt16 = 1

    package let names: [String]
    private var distinct: [Verdict] = []
    private var places: [Verdict: UInt16] = [:]
    private var byNode: [UInt16]

    init(names: [String]) {
        self.names = names
        byNode = Array(repeating: Self.unseen, count: names.count)
    }

    mutating func setFits(_ index: Int) { byNode[index] = Self.fits }

    mutating func set(_ index: Int, _ verdict: Verdict) { byNode[index] = number(of: verdict) }

    /// Gives every node not looked at this verdict.
    mutating func setUnseen(_ verdict: Verdict) {
        let number = number(of: verdict)
        for index in byNode.indices where byNode[index] == Self.unseen { byNode[index] = number }
    }

    private mutating func number(of verdict: Verdict) -> UInt16 {
        if let last = distinct.last, last == verdict { return UInt16(distinct.count + 1) }
        if let known = places[verdict] { return known }
        distinct.append(verdict)
        let number = UInt16(clamping: distinct.count + 1)
        places[verdict] = number
        return number
    }

    /// `nil` for a node that fits or was not looked at.
    package subscript(_ index: Int) -> Verdict? {
        byNode[index] > Self.fits ? distinct[Int(byNode[index]) - 2] : nil
    }

    package func verdict(ofNode name: String) -> Verdict? { names.firstIndex(of: name).flatMap { self[$0] } }

    /// Nodes that were found to do.
    package var fitting: [String] { names.indices.filter { byNode[$0] == Self.fits }.map { names[$0] } }

    /// The plugins that refused any node.
    package var plugins: Set<PluginName> { Set(distinct.map(\.plugin)) }

    /// `1 Insufficient cpu, 2 node(s) were unschedulable`, in order of the text.
    var histogram: String {
        var counts: [String: Int] = [:]
        for number in byNode where number > Self.fits {
            for reason in distinct[Int(number) - 2].reasons { counts[reason, default: 0] += 1 }
        }
        return counts.map { "\($0.value) \($0.key)" }.sorted().joined(separator: ", ")
    }
}
