/// What something costs, or how large it is, at least and at most. Sums and products stop at the largest number.
package struct CELCostEstimate: Sendable, Hashable {
    package var min: UInt64
    package var max: UInt64

    package init(min: UInt64, max: UInt64) {
        self.min = min
        self.max = max
    }

    init(_ fixed: UInt64) { self.init(min: fixed, max: fixed) }

    static let zero = CELCostEstimate(0)
    static let one = CELCostEstimate(1)
    static let unknown = CELCostEstimate(min: 0, max: .max)

    static func + (left: CELCostEstimate, right: CELCostEstimate) -> CELCostEstimate {
        CELCostEstimate(min: left.min.addingOrMax(right.min), max: left.max.addingOrMax(right.max))
    }

    static func * (left: CELCostEstimate, right: CELCostEstimate) -> CELCostEstimate {
        CELCostEstimate(min: left.min.multipliedOrMax(right.min), max: left.max.multipliedOrMax(right.max))
    }

    /// Times a factor, rounded up.
    static func * (left: CELCostEstimate, factor: Double) -> CELCostEstimate {
        CELCostEstimate(min: left.min.scaled(factor), max: left.max.scaled(factor))
    }

    static func += (left: inout CELCostEstimate, right: CELCostEstimate) { left = left + right }

    /// What covers both.
    func union(_ other: CELCostEstimate) -> CELCostEstimate {
        CELCostEstimate(min: Swift.min(min, other.min), max: Swift.max(max, other.max))
    }
}

extension UInt64 {
    package func addingOrMax(_ other: UInt64) -> UInt64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }

    package func multipliedOrMax(_ other: UInt64) -> UInt64 {
        let (product, overflow) = multipliedReportingOverflow(by: other)
        return overflow ? .max : product
    }

    /// Times a factor, rounded up.
    func scaled(_ factor: Double) -> UInt64 {
        UInt64(exactly: (Double(self) * factor).rounded(.up)) ?? .max
    }
}

/// What upstream charges for.
enum CostFactor {
    /// Going once through a string, for each character.
    static let traversal = 0.1
    /// For each character of a pattern, times the text's cost.
    static let pattern = 0.25
}

/// How large variables can get.
package struct CELSizeEstimator: Sendable {
    /// A path begins with a variable's name and goes on with fields, `@items`, `@keys`, `@values`, `@indices`.
    let estimate: @Sendable (_ path: [String]) -> CELCostEstimate?

    package static let unknown = CELSizeEstimator { _ in nil }

    /// From the schemas of variables.
    package static func schemas(_ roots: [String: CELSchema]) -> CELSizeEstimator {
        CELSizeEstimator { path in
            guard let first = path.first, var schema = roots[first] else { return nil }
            for step in path.dropFirst() {
                let next: CELSchema? =
                    switch step {
                    case "@items", "@values": schema.items
                    // Upstream knows nothing of the names of maps but that they are strings.
                    case "@keys": schema.kind == .map ? CELSchema(.string) : nil
                    default: schema.fields[step]?.schema
                    }
                guard let next else { return nil }
                schema = next
            }
            return CELCostEstimate(min: 0, max: UInt64(schema.maxElements ?? 0))
        }
    }
}
