internal import APIMachinery
internal import APITypes
internal import ControllerRuntime

/// What all pods share that selectors cannot tell apart: namespace, labels, and whether they are going.
///
/// Pods of one workload are one group, and a node keeps a count for each group, so that counting the pods
/// a selector matches costs as much as there are workloads on a node, not pods.
package final class LabelGroup: Sendable, Hashable {
    package let namespace: String
    package let labels: [String: String]
    package let isTerminating: Bool

    package init(namespace: String, labels: [String: String], isTerminating: Bool) {
        self.namespace = namespace
        self.labels = labels
        self.isTerminating = isTerminating
    }

    package static func == (left: LabelGroup, right: LabelGroup) -> Bool {
        left === right
            || left.isTerminating == right.isTerminating && left.namespace == right.namespace
                && left.labels == right.labels
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(namespace)
        hasher.combine(labels)
        hasher.combine(isTerminating)
    }
}

/// Pods of one group on one node.
package struct GroupCount: Sendable {
    package let group: LabelGroup
    package var count: Int
}

/// Remembers during one cycle which groups a condition holds for.
struct GroupMemo {
    private let condition: (LabelGroup) -> Bool
    private var known: [ObjectIdentifier: Bool] = [:]

    init(_ condition: @escaping (LabelGroup) -> Bool) { self.condition = condition }

    mutating func holds(for group: LabelGroup) -> Bool {
        let id = ObjectIdentifier(group)
        if let answer = known[id] { return answer }
        let answer = condition(group)
        known[id] = answer
        return answer
    }

    /// How many pods of the node are in groups the condition holds for.
    mutating func count(on node: NodeInfo) -> Int {
        var sum = 0
        for entry in node.groups where holds(for: entry.group) { sum += entry.count }
        return sum
    }
}

extension Selector {
    /// Selects nothing where there is no selector. One that cannot be read, which validation lets nobody
    /// write, selects nothing, too.
    static func of(_ selector: LabelSelector?) -> Selector {
        do throws(SelectorError) { return try Selector(selector) } catch { return .nothing }
    }

    /// This selector and, for each of `keys`, the value that `labels` have for it.
    func adding(keys: [String], of labels: [String: String], matching: Bool = true) -> Selector {
        guard !isNothing else { return self }
        var added = requirements
        for key in keys {
            guard let value = labels[key] else { continue }
            do {
                added.append(try LabelRequirement(key: key, operation: matching ? .isIn : .notIn, values: [value]))
            } catch {
                // Labels of a stored pod are valid; one that is not can match no selector.
                return .nothing
            }
        }
        return Selector(added)
    }
}
