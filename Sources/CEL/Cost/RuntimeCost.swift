/// What a step costs when it is evaluated, by the sizes of its arguments.
enum RuntimeCost: Sendable, Equatable {
    case fixed(UInt64)
    /// Comparing: through the smaller one.
    case smallerTraversal
    /// Joining: through both.
    case sumTraversal
    /// Looking for an item in a list.
    case secondSize
    /// Going through the first argument so many times.
    case traversal(Double)
    /// Going through the result twice.
    case resultTraversal
    /// Matching a pattern.
    case match
    /// Looking for a string in another.
    case containment
    /// Going through a list and all that is in it.
    case deepTraversal
    /// Parsing a label or field selector.
    case selector
    case containsIP(parses: Bool)
    case containsCIDR(parses: Bool)
    /// Checking against a named format.
    case format
    /// Making a list of the result's size.
    case listOfResult
    /// Flattening to a depth.
    case flattening
    /// Comparing all items of the argument with each other.
    case selfComparison(argument: Int)

    func amount(_ arguments: [CELValue], result: CELValue) -> UInt64 {
        func size(_ index: Int) -> UInt64 { index < arguments.count ? arguments[index].chargedSize : 1 }
        switch self {
        case .fixed(let amount): return amount
        case .smallerTraversal:
            if case .object = arguments[0] { return 1 }
            return min(size(0), size(1)).scaled(CostFactor.traversal)
        case .sumTraversal: return size(0).addingOrMax(size(1)).scaled(CostFactor.traversal)
        case .secondSize: return size(1)
        case .traversal(let times): return size(0).scaled(times * CostFactor.traversal)
        case .resultTraversal: return result.chargedSize.scaled(2 * CostFactor.traversal)
        case .match:
            let text = size(0).addingOrMax(1).scaled(CostFactor.traversal)
            return text.multipliedOrMax(size(1).scaled(CostFactor.pattern))
        case .containment:
            return size(0).scaled(CostFactor.traversal).multipliedOrMax(size(1).scaled(CostFactor.traversal))
        case .deepTraversal: return RuntimeCost.depth(of: arguments[0])
        case .selector: return RuntimeCost.selector(CELCostEstimate(size(1))).max
        case .containsIP(let parses):
            let base = (size(0) * 2).scaled(CostFactor.traversal)
            return parses ? base + size(1).scaled(CostFactor.traversal) : base
        case .containsCIDR(let parses):
            let base = (size(0) * 2).scaled(CostFactor.traversal) + size(0).scaled(CostFactor.traversal) + 1
            return parses ? base + size(1).scaled(CostFactor.traversal) : base
        case .listOfResult: return result.chargedSize.addingOrMax(RuntimeCost.listCall)
        case .flattening:
            var depth: UInt64 = 1
            if arguments.count == 2, case .int(let given) = arguments[1] { depth = UInt64(max(given, 0)) }
            return size(0).multipliedOrMax(depth).addingOrMax(RuntimeCost.listCall)
        case .selfComparison(let argument):
            return RuntimeCost.selfComparison(arguments[argument])
        case .format:
            let text = size(1).addingOrMax(1).scaled(CostFactor.traversal)
            return text.multipliedOrMax(size(0).scaled(CostFactor.pattern))
        }
    }

    /// A call and a list.
    static let listCall: UInt64 = 11

    private static func selfComparison(_ value: CELValue) -> UInt64 {
        guard case .list(let list) = value, list.count > 0 else { return listCall }
        let count = UInt64(list.count)
        var factor = 2.0
        switch list[0] {
        case .string, .bytes: factor += CostFactor.traversal
        default: break
        }
        return UInt64(Double(count.multipliedOrMax(count)) * factor).addingOrMax(listCall)
    }

    /// The least requirement with a value is two characters long; each costs a list and a structure.
    static func selector(_ length: CELCostEstimate) -> CELCostEstimate {
        CELCostEstimate(10) + length * CostFactor.traversal + (length * 0.5) * 50
    }

    private static func depth(of value: CELValue) -> UInt64 {
        switch value {
        case .string(let text): UInt64(Double(text.utf8.count) * CostFactor.traversal)
        case .bytes(let bytes): UInt64(Double(bytes.count) * CostFactor.traversal)
        case .list(let list): list.values.reduce(0) { $0.addingOrMax(depth(of: $1)) }
        case .map(let map): map.entries.reduce(0) { $0.addingOrMax(depth(of: $1.0).addingOrMax(depth(of: $1.1))) }
        default: 1
        }
    }

    /// By the function's name where a library has its own costs, otherwise by the overload, as upstream looks them up.
    static func of(function: String, overload: String) -> RuntimeCost {
        if overload == "cidr_ip" { return .fixed(1) }
        if let known = byFunction[function] { return known }
        switch function {
        case "containsIP": return .containsIP(parses: overload == "cidr_contains_ip_string")
        case "containsCIDR": return .containsCIDR(parses: overload == "cidr_contains_cidr_string")
        case "sort": return .selfComparison(argument: 0)
        case "@sortByAssociatedKeys": return .selfComparison(argument: 1)
        default: break
        }
        switch overload {
        case "list_slice", "lists_range", "list_reverse": return .listOfResult
        case "list_flatten", "list_flatten_int": return .flattening
        case "list_distinct": return .selfComparison(argument: 0)
        case "starts_with_string", "ends_with_string", "string_to_bytes", "bytes_to_string", "strings_quote",
            "string_format":
            return .traversal(1)
        case "matches_string": return .match
        case "contains_string": return .containment
        default: return .fixed(1)
        }
    }

    private static let byFunction: [String: RuntimeCost] = {
        var costs: [String: RuntimeCost] = ["check": .fixed(350_000), "join": .resultTraversal, "validate": .format]
        for name in ["fieldSelector", "labelSelector"] { costs[name] = .selector }
        for name in ["isSorted", "sum", "max", "min", "indexOf", "lastIndexOf", "includes"] {
            costs[name] = .deepTraversal
        }
        for name in [
            "url", "lowerAscii", "upperAscii", "substring", "trim", "jsonpatch.escapeKey", "cidr", "isIP", "isCIDR",
            "ip", "quantity", "isQuantity", "semver", "isSemver",
        ] {
            costs[name] = .traversal(1)
        }
        for name in ["replace", "split", "ip.isCanonical"] { costs[name] = .traversal(2) }
        for name in ["find", "findAll"] { costs[name] = .match }
        return costs
    }()
}
