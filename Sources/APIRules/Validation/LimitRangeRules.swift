package import APIMachinery

/// What must hold for limit ranges.
package enum LimitRangeRules {
    package static func check(_ object: Value) -> [FieldError] {
        Findings.of { findings in
            var types: Set<String> = []
            for item in FieldView(object)["spec"]["limits"].items {
                let type = item["type"].orEmpty
                let faults = Names.labelKey(type.text)
                findings.add(type, faults)
                if faults.isEmpty, !type.text.contains("/"),
                    !["Pod", "Container", "PersistentVolumeClaim"].contains(type.text)
                {
                    findings.add(type.invalid("must be a standard limit type or fully qualified"))
                }
                if !types.insert(type.text).inserted { findings.add(type.duplicate()) }
                checkLimits(item, type.text, &findings)
            }
        }
    }

    private static func checkLimits(_ item: FieldView, _ type: String, _ findings: inout Findings) {
        var names: Set<String> = []
        let isPod = type == "Pod"
        checkNames(isPod ? ["max", "min"] : ["max", "min", "default", "defaultRequest"], item, type, &names, &findings)
        for field in ["default", "defaultRequest"] where isPod && !item[field].isEmpty {
            findings.add(item[field].forbidden("may not be specified when `type` is 'Pod'"))
        }
        if type == "PersistentVolumeClaim", item["min"].value?["storage"] == nil, item["max"].value?["storage"] == nil {
            findings.add(
                item["limits"].required(
                    "either minimum or maximum storage value is required, but neither was provided"))
        }
        checkNames(["maxLimitRequestRatio"], item, type, &names, &findings)
        for name in names.sorted() {
            checkOrder(item, name, isPod: isPod, &findings)
            checkRatio(item, name, &findings)
            checkDefaults(item, name, isPod: isPod, &findings)
        }
    }

    private static func checkNames(
        _ fields: [String], _ item: FieldView, _ type: String, _ names: inout Set<String>, _ findings: inout Findings
    ) {
        for field in fields {
            for (name, amount) in item[field].entries {
                ResourceRules.checkLimitName(name, type: type, at: amount, &findings)
                names.insert(name)
            }
        }
    }

    /// One bound may not be above another; an error is about one of them and may show the other.
    private struct Order {
        let low: String
        let high: String
        let at: String
        let shown: String
        let words: (low: String, high: String)
    }

    private static let orders = [
        Order(low: "min", high: "max", at: "min", shown: "min", words: ("min", "max")),
        Order(
            low: "min", high: "defaultRequest", at: "defaultRequest", shown: "defaultRequest",
            words: ("min", "default request")),
        Order(
            low: "defaultRequest", high: "max", at: "defaultRequest", shown: "defaultRequest",
            words: ("default request", "max")),
        Order(
            low: "defaultRequest", high: "default", at: "defaultRequest", shown: "defaultRequest",
            words: ("default request", "default limit")),
        Order(low: "min", high: "default", at: "default", shown: "min", words: ("min", "default")),
        Order(low: "default", high: "max", at: "default", shown: "max", words: ("default", "max")),
    ]

    private static func checkOrder(_ item: FieldView, _ name: String, isPod: Bool, _ findings: inout Findings) {
        for order in orders where !isPod || order.low == "min" && order.high == "max" {
            guard let low = item[order.low][key: name].quantity, let high = item[order.high][key: name].quantity,
                low > high, let shown = item[order.shown][key: name].quantity
            else { continue }
            findings.add(
                item[order.at][key: name].invalid(
                    shown.text, "\(order.words.low) value \(low) is greater than \(order.words.high) value \(high)"))
        }
    }

    private static func checkRatio(_ item: FieldView, _ name: String, _ findings: inout Findings) {
        let view = item["maxLimitRequestRatio"][key: name]
        guard let ratio = view.quantity else { return }
        if ratio < .units(1) { findings.add(view.invalid(ratio.text, "ratio \(ratio) is less than 1")) }
        guard let least = item["min"][key: name].quantity, let most = item["max"][key: name].quantity,
            least > .zero
        else { return }
        let bound = most.doubleValue / least.doubleValue
        if ratio.doubleValue > bound {
            findings.add(view.invalid(ratio.text, "ratio \(ratio) is greater than max/min = \(sixDigits(bound))"))
        }
    }

    /// As C prints `%f`.
    private static func sixDigits(_ number: Double) -> String {
        let millionths = (number * 1e6).rounded(.toNearestOrEven)
        guard let whole = Int64(exactly: millionths) else { return String(number) }
        let digits = String(whole % 1_000_000)
        return "\(whole / 1_000_000)." + String(repeating: "0", count: 6 - digits.utf8.count) + digits
    }

    /// What cannot be shared is asked for in full.
    private static func checkDefaults(_ item: FieldView, _ name: String, isPod: Bool, _ findings: inout Findings) {
        let view = item["defaultRequest"][key: name]
        guard !isPod, !ResourceRules.mayOvercommit(name), let request = view.quantity,
            let limit = item["default"][key: name].quantity, request != limit
        else { return }
        findings.add(
            view.invalid(
                request.text, "default value \(limit) must equal to defaultRequest value \(request) in \(name)"))
    }
}
