package import APIMachinery
package import APITypes

extension Selector {
    /// An absent selector selects nothing, an empty one everything.
    package init(_ selector: LabelSelector?) throws(SelectorError) {
        guard let selector else {
            self = .nothing
            return
        }
        try self.init(
            matchLabels: selector.matchLabels,
            matchExpressions: selector.matchExpressions.map { ($0.key, $0.operator, $0.values) })
    }
}
