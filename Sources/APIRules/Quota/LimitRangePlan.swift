package import APIMachinery

/// What LimitRanges make of a pod, and what they forbid (upstream's LimitRanger).
package enum LimitRangePlan {
    package static let annotation = "kubernetes.io/limit-ranger"

    // MARK: Defaults

    /// Gives containers the defaults of the ranges; the text says which, for the pod's annotation.
    package static func setDefaults(_ pod: inout Fields, ranges: [Value]) {
        for range in ranges {
            let defaults = containerDefaults(range)
            guard !defaults.requests.isEmpty || !defaults.limits.isEmpty else { continue }
            var notes: [String] = []
            pod.inObject("spec") { spec in
                for (list, word) in [("containers", "container"), ("initContainers", "init container")] {
                    spec.inItems(list) { container in
                        notes += merge(defaults, into: &container, word)
                    }
                }
            }
            guard !notes.isEmpty else { continue }
            pod.inNewObject("metadata") { metadata in
                metadata.inNewObject("annotations") {
                    $0[annotation] = .string("LimitRanger plugin set: " + notes.joined(separator: "; "))
                }
            }
        }
    }

    private static func containerDefaults(_ range: Value) -> (requests: Fields, limits: Fields) {
        var requests = Fields()
        var limits = Fields()
        for item in range[path: "spec", "limits"]?.arrayValue ?? [] where item["type"] == "Container" {
            for field in item["defaultRequest"]?.objectValue ?? Fields() { requests[field.name] = field.value }
            for field in item["default"]?.objectValue ?? Fields() { limits[field.name] = field.value }
        }
        return (requests, limits)
    }

    private static func merge(
        _ defaults: (requests: Fields, limits: Fields), into container: inout Fields, _ word: String
    ) -> [String] {
        var notes: [String] = []
        let name = container.text("name")
        container.inNewObject("resources") { resources in
            for (field, wanted, kind) in [
                ("requests", defaults.requests, "request"), ("limits", defaults.limits, "limit"),
            ] where !wanted.isEmpty {
                var set: [String] = []
                resources.inNewObject(field) { amounts in
                    for item in wanted where amounts[item.name] == nil {
                        amounts[item.name] = item.value
                        set.append(item.name)
                    }
                }
                if !set.isEmpty { notes.append("\(set.joined(separator: ", ")) \(kind) for \(word) \(name)") }
            }
        }
        return notes
    }

    // MARK: Limits

    /// Every limit of one range that a pod breaks.
    package static func violations(pod: Value, range: Value) -> [String] {
        let spec = pod["spec"]?.objectValue ?? Fields()
        let containers = spec["containers"]?.arrayValue ?? []
        let all = containers + (spec["initContainers"]?.arrayValue ?? [])
        return (range[path: "spec", "limits"]?.arrayValue ?? []).flatMap { item -> [String] in
            switch item["type"]?.stringValue {
            case "Container":
                return all.flatMap { container in
                    check(
                        item, Amounts(container[path: "resources", "requests"]),
                        Amounts(container[path: "resources", "limits"]))
                }
            case "Pod":
                return check(
                    item, Amounts(PodRequests.total(spec), boundedBy: containers, "requests"),
                    Amounts(PodRequests.total(spec, of: "limits"), boundedBy: containers, "limits"))
            case _:
                return []
            }
        }
    }

    /// Every limit of one range that a claim breaks.
    package static func violations(claim: Value, range: Value) -> [String] {
        let requests = Amounts(claim[path: "spec", "resources", "requests"])
        return (range[path: "spec", "limits"]?.arrayValue ?? []).flatMap { item -> [String] in
            guard item["type"] == "PersistentVolumeClaim" else { return [] }
            let minima = bounds(item, "min").compactMap { minimum($0.0, $0.1, item, requests, Amounts()) }
            let maxima = bounds(item, "max").compactMap { name, bound -> String? in
                let start = "maximum \(name) usage per PersistentVolumeClaim is \(bound)"
                guard let request = requests[name] else { return start + ".  No request is specified" }
                return request > bound ? start + ", but request is \(request)" : nil
            }
            return minima + maxima
        }
    }

    /// Amounts by name.
    private struct Amounts {
        private var amounts: [String: Quantity] = [:]

        init() {}

        init(_ value: Value?) {
            for field in value?.objectValue ?? Fields() {
                amounts[field.name] = field.value.stringValue.flatMap { Quantity($0) }
            }
        }

        /// A sum counts only where every container says something.
        init(_ total: [String: Quantity], boundedBy containers: [Value], _ field: String) {
            amounts = total.filter { name, _ in
                containers.allSatisfy { $0[path: "resources", field]?[name] != nil }
            }
        }

        subscript(_ name: String) -> Quantity? { amounts[name] }
    }

    private static func bounds(_ item: Value, _ field: String) -> [(String, Quantity)] {
        (item[field]?.objectValue ?? Fields()).compactMap { entry in
            entry.value.stringValue.flatMap { Quantity($0) }.map { (entry.name, $0) }
        }
    }

    private static func check(_ item: Value, _ requests: Amounts, _ limits: Amounts) -> [String] {
        bounds(item, "min").compactMap { minimum($0.0, $0.1, item, requests, limits) }
            + bounds(item, "max").compactMap { maximum($0.0, $0.1, item, requests, limits) }
            + bounds(item, "maxLimitRequestRatio").compactMap { ratio($0.0, $0.1, item, requests, limits) }
    }

    private static func minimum(
        _ name: String, _ bound: Quantity, _ item: Value, _ requests: Amounts, _ limits: Amounts
    ) -> String? {
        let start = "minimum \(name) usage per \(item["type"]?.stringValue ?? "") is \(bound)"
        guard let request = requests[name] else { return start + ".  No request is specified" }
        if request < bound { return start + ", but request is \(request)" }
        if let limit = limits[name], limit < bound { return start + ", but limit is \(limit)" }
        return nil
    }

    private static func maximum(
        _ name: String, _ bound: Quantity, _ item: Value, _ requests: Amounts, _ limits: Amounts
    ) -> String? {
        let start = "maximum \(name) usage per \(item["type"]?.stringValue ?? "") is \(bound)"
        guard let limit = limits[name] else { return start + ".  No limit is specified" }
        if limit > bound { return start + ", but limit is \(limit)" }
        if let request = requests[name], request > bound { return start + ", but request is \(request)" }
        return nil
    }

    private static func ratio(
        _ name: String, _ bound: Quantity, _ item: Value, _ requests: Amounts, _ limits: Amounts
    ) -> String? {
        let start = "\(name) max limit to request ratio per \(item["type"]?.stringValue ?? "") is \(bound)"
        guard let request = requests[name], !request.isZero else {
            return start + ", but no request is specified or request is 0"
        }
        guard let limit = limits[name], !limit.isZero else {
            return start + ", but no limit is specified or limit is 0"
        }
        let observed = limit.doubleValue / request.doubleValue
        return observed > bound.doubleValue ? start + ", but provided ratio is \(sixDigits(observed))" : nil
    }

    /// Go's `%f`.
    private static func sixDigits(_ number: Double) -> String {
        let millionths = Int64((number * 1_000_000).rounded())
        let fraction = String(millionths % 1_000_000)
        return "\(millionths / 1_000_000)." + String(repeating: "0", count: 6 - fraction.count) + fraction
    }
}
