/// What calls of Kubernetes' libraries cost, by the function's name.
struct LibraryEstimator {
    typealias Estimate = CELCostEstimate
    typealias Result = CallEstimator.Result

    private let call: CallEstimator.Call
    private let estimator: CostEstimator

    init(_ call: CallEstimator.Call, _ estimator: CostEstimator) {
        self.call = call
        self.estimator = estimator
    }

    private func size(_ index: Int) -> Estimate { estimator.sizeOrUnknown(call.arguments[index]) }
    private func through(_ size: Estimate, _ times: Double = 1) -> Estimate { size * (times * CostFactor.traversal) }

    /// `nil` for what is estimated as the standard library is.
    func estimate() -> Result? {
        let target = call.target.map { estimator.sizeOrUnknown($0) }
        let count = call.arguments.count
        switch call.function {
        case "check": return Result(cost: Estimate(350_000))
        case "fieldSelector", "labelSelector": return count == 1 ? Result(cost: RuntimeCost.selector(size(0))) : nil
        case "isSorted", "sum", "max", "min", "indexOf", "lastIndexOf", "includes":
            return target.map { Result(cost: costOfListFunction($0)) }
        case "url", "jsonpatch.escapeKey": return count == 1 ? Result(cost: through(size(0)), size: size(0)) : nil
        case "lowerAscii", "upperAscii", "substring", "trim":
            return target.map { Result(cost: through($0), size: $0) }
        case "replace":
            guard let target, count >= 2 else { return nil }
            return Result(cost: through(target, 2), size: replaced(target, size(0), size(1)))
        case "split": return target.map { Result(cost: through($0, 2), size: Estimate(min: 0, max: splitMax($0))) }
        case "join":
            guard let target else { return nil }
            let joined = joined(target)
            return Result(cost: through(joined), size: joined)
        case "find", "findAll":
            guard let target, count >= 1 else { return nil }
            let text = through(target + .one)
            return Result(cost: text * (size(0) * CostFactor.pattern), size: Estimate(min: 0, max: target.max))
        case "ip" where call.overload == "cidr_ip": return Result(cost: .one)
        case "cidr", "isIP", "isCIDR", "ip", "quantity", "isQuantity", "semver", "isSemver":
            return count >= 1 ? Result(cost: through(size(0))) : nil
        case "ip.isCanonical": return count >= 1 ? Result(cost: through(size(0), 2)) : nil
        case "containsIP", "containsCIDR": return count >= 1 ? Result(cost: containment()) : nil
        case "validate": return count >= 1 ? Result(cost: through(size(0)) * (128 * CostFactor.pattern)) : nil
        case "_==_": return equality()
        case "slice":
            return target.map { _ in list(of: Estimate(bound(1, orElse: target?.max ?? .max) &- bound(0, orElse: 0))) }
        case "lists.range": return list(of: Estimate(bound(0, orElse: .max)))
        case "reverse": return target.map { list(of: $0) }
        case "flatten": return target.map { list(of: $0, times: Double(bound(0, orElse: count == 0 ? 1 : .max))) }
        case "distinct": return target.map { list(of: $0 * $0, times: 2) }
        case "sort": return target.map { list(of: $0 * $0, times: comparisonFactor) }
        case "@sortByAssociatedKeys": return list(of: size(0) * size(0), times: comparisonFactor)
        default: return LibraryEstimator.cheap.contains(call.function) ? Result(cost: .one) : nil
        }
    }

    private static let cheap: Set<String> = [
        "serviceAccount", "path", "group", "resource", "subresource", "namespace", "name", "allowed", "reason", "error",
        "errored", "masked", "prefixLength", "family", "isUnspecified", "isLoopback", "isLinkLocalMulticast",
        "isLinkLocalUnicast", "isGlobalUnicast", "format.named", "sign", "asInteger", "isInteger",
        "asApproximateFloat", "isGreaterThan", "isLessThan", "compareTo", "add", "sub", "major", "minor", "patch",
        "getScheme", "getHostname", "getHost", "getPort", "getEscapedPath", "getQuery",
    ]

    /// The items of the target, as far as its path tells.
    private var itemSize: Estimate {
        guard let target = call.target, let path = estimator.rootedPath(of: target) else { return .unknown }
        return estimator.environment.sizes.estimate(path + ["@items"]) ?? .unknown
    }

    private func costOfListFunction(_ target: Estimate) -> Estimate {
        guard case .list(let element)? = call.target?.type else {
            return call.function == "includes" ? target : through(target)
        }
        let isText = element == .string || element == .bytes
        return target * (isText ? .one + through(itemSize) : .one)
    }

    // MARK: Lists that are made

    private func list(of size: Estimate, times factor: Double = 1) -> Result {
        Result(cost: size * factor + Estimate(RuntimeCost.listCall), size: size)
    }

    /// The constant that an argument is.
    private func bound(_ index: Int, orElse other: UInt64) -> UInt64 {
        guard index < call.arguments.count, case .int(let value)? = call.arguments[index].literalValue, value >= 0
        else {
            return other
        }
        return UInt64(value)
    }

    private var comparisonFactor: Double {
        let isText = call.overload.hasPrefix("list_string_") || call.overload.hasPrefix("list_bytes_")
        return isText ? 2 + CostFactor.traversal : 2
    }

    /// How long a text can get when parts of it are replaced.
    private func replaced(_ text: Estimate, _ old: Estimate, _ new: Estimate) -> Estimate {
        var count = Estimate.zero
        var kept = Estimate.zero
        if old.min == 0 {
            count.max = text.max.addingOrMax(1)
            kept.max = text.max
        } else if new.max <= old.min {
            kept.max = text.max
        } else {
            count.max = UInt64(exactly: (Double(text.max) / Double(old.min)).rounded(.up)) ?? .max
        }
        if old.max == 0 {
            count.min = text.min.addingOrMax(1)
            kept.min = text.min
        } else if old.max <= new.min {
            kept.min = text.min
        } else {
            count.min = UInt64(exactly: (Double(text.min) / Double(old.max)).rounded(.up)) ?? .max
        }
        return count * new + kept
    }

    private func splitMax(_ target: Estimate) -> UInt64 {
        guard call.arguments.count > 1, case .int(let limit)? = call.arguments[1].literalValue else {
            return target.max
        }
        return UInt64(bitPattern: limit)
    }

    private func joined(_ list: Estimate) -> Estimate {
        var size = Estimate.zero
        if case .list? = call.target?.type { size = list * itemSize }
        guard let separator = call.arguments.first else { return size }
        let count = Estimate(min: list.min > 0 ? list.min - 1 : 0, max: list.max > 0 ? list.max - 1 : 0)
        return size + estimator.sizeOrUnknown(separator) * count
    }

    private func containment() -> Estimate {
        let address = Estimate(min: 4, max: 16)
        var cost = through(address + address)
        if call.function == "containsCIDR" { cost += through(address) + .one }
        if call.overload.hasSuffix("_string") { cost += through(size(0)) }
        return cost
    }

    private func equality() -> Result? {
        guard call.arguments.count == 2, let type = call.arguments[0].type, type == call.arguments[1].type else {
            return nil
        }
        switch type {
        case .opaque("net.IP", _), .opaque("net.CIDR", _): return Result(cost: .one)
        case .object("kubernetes.NamedFormat"): return Result(cost: Estimate(min: 1, max: 64) * CostFactor.traversal)
        case .object("kubernetes.URL"):
            // Upstream takes the second one's size for both.
            let size = estimator.size(of: call.arguments[1]) ?? .one
            return Result(cost: Estimate(min: 1, max: size.max) * CostFactor.traversal)
        case .object(let name) where name.hasPrefix("kubernetes."): return Result(cost: .one)
        default: return nil
        }
    }
}
