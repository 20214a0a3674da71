package import APIMachinery

/// ResourceSlices: what devices a driver offers.
package enum DeviceSliceRules {
    private static let devicesMax = 128
    private static let advancedDevicesMax = 64
    private static let attributesMax = 32
    private static let attributeBytesMax = 64
    private static let taintsMax = 16
    private static let counterSetsMax = 8
    private static let countersMax = 32
    private static let consumptionsMax = 2

    package static func slice(_ object: Value) -> [FieldError] {
        Findings.of { checkSpec(FieldView(object)["spec"], nil, &$0) }
    }

    package static func sliceUpdate(_ object: Value, from old: Value) -> [FieldError] {
        Findings.of { checkSpec(FieldView(object)["spec"], FieldView(old)["spec"], &$0) }
    }

    private static func checkSpec(_ spec: FieldView, _ was: FieldView?, _ findings: inout Findings) {
        DriverRules.checkDriverName(spec["driver"], &findings)
        let pool = spec["pool"]
        DeviceRules.checkPoolName(pool["name"], &findings)
        let (count, generation) = (pool["resourceSliceCount"], pool["generation"])
        if (count.number ?? 0) <= 0 { findings.add(count.invalid(count.number ?? 0, "must be greater than zero")) }
        if let number = generation.number, number < 0 {
            findings.add(generation.invalid("must be greater than or equal to zero"))
        }
        if let was {
            findings.immutable(pool["name"], was["pool"]["name"].value)
            findings.immutable(spec["driver"], was["driver"].value)
            findings.immutable(spec["nodeName"], was["nodeName"].value)
        }
        checkPlace(of: spec, &findings)
        if spec["sharedCounters"].exists, spec["devices"].exists {
            findings.add(spec.invalid("", "only one of `sharedCounters` or `devices` is allowed"))
        }
        checkDevices(spec, was, &findings)
        let byName = { (view: FieldView) in view["name"].text }
        DeviceRules.set(spec["sharedCounters"], max: counterSetsMax, key: byName, &findings) { set, findings in
            findings.name(set["name"]) { Names.dns1123Label($0) }
            checkCounters(set["counters"], &findings)
        }
    }

    // MARK: Nodes

    private static func checkPlace(of spec: FieldView, _ findings: inout Findings) {
        var given: [String] = []
        let name = spec["nodeName"]
        if name.exists {
            if name.isEmpty {
                findings.add(name.invalid("must be either unset or set to a non-empty string"))
            } else {
                given.append("`nodeName`")
                findings.add(name, Names.dns1123Subdomain(name.text))
            }
        }
        if spec["nodeSelector"].exists {
            given.append("`nodeSelector`")
            SchedulingRules.checkNodeSelector(spec["nodeSelector"], &findings)
            let terms = spec["nodeSelector"]["nodeSelectorTerms"]
            if terms.items.count != 1 { findings.add(terms.invalid("must have exactly one node selector term")) }
        }
        for field in ["allNodes", "perDeviceNodeSelection"] where spec[field].exists {
            if spec[field].flag {
                given.append("`\(field)`")
            } else {
                findings.add(spec[field].invalid("must be either unset or set to true"))
            }
        }
        let one = "exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required"
        if given.isEmpty { findings.add(spec.required(one)) }
        if given.count > 1 {
            findings.add(
                spec.invalid("{\(given.joined(separator: ", "))}", one + ", but multiple fields are set"))
        }
    }

    private static func checkPlace(ofDevice device: FieldView, isWanted: Bool, _ findings: inout Findings) {
        let (name, selector, all) = (device["nodeName"], device["nodeSelector"], device["allNodes"])
        guard isWanted else {
            if name.exists || selector.exists || all.exists {
                findings.add(
                    device.invalid(
                        Value.null,
                        "`nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set"
                            + " to true in the ResourceSlice spec"))
            }
            return
        }
        var given: [String] = []
        if name.exists {
            if name.isEmpty {
                findings.add(name.invalid("must not be empty"))
            } else {
                given.append("`nodeName`")
                findings.add(name, Names.dns1123Subdomain(name.text))
            }
        }
        if selector.exists {
            given.append("`nodeSelector`")
            SchedulingRules.checkNodeSelector(selector, &findings)
        }
        if all.exists {
            if all.flag {
                given.append("`allNodes`")
            } else {
                findings.add(all.invalid("must be either unset or set to true"))
            }
        }
        let one = "exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection`"
            + " is set to true in the ResourceSlice spec"
        if given.isEmpty { findings.add(device.required(one)) }
        if given.count > 1 { findings.add(device.invalid("{\(given.joined(separator: ", "))}", one)) }
    }

    // MARK: Devices

    private static func checkDevices(_ spec: FieldView, _ was: FieldView?, _ findings: inout Findings) {
        let devices = spec["devices"]
        let items = devices.items
        let isAdvanced = items.contains { !$0["taints"].isEmpty || !$0["consumesCounters"].isEmpty }
        var before: [String: FieldView] = [:]
        for device in was?["devices"].items ?? [] { before[device["name"].text] = device }
        DeviceRules.set(
            devices, max: isAdvanced ? advancedDevicesMax : devicesMax, key: { $0["name"].text }, &findings
        ) { device, findings in
            // A driver writes its whole slice for a change of one device.
            if let old = before[device["name"].text], old.value == device.value { return }
            checkDevice(device, hasOwnPlace: spec["perDeviceNodeSelection"].flag, &findings)
        }
    }

    private static func checkDevice(_ device: FieldView, hasOwnPlace: Bool, _ findings: inout Findings) {
        DeviceRules.checkLabel(device["name"], &findings)
        let (attributes, capacity) = (device["attributes"], device["capacity"])
        let total = attributes.entries.count + capacity.entries.count
        if total > attributesMax {
            findings.add(
                device.invalid(
                    total, "the total number of attributes and capacities must not exceed \(attributesMax)"))
        }
        for (name, attribute) in attributes.entries {
            DeviceRules.checkQualifiedName(name, at: attributes, &findings)
            checkAttribute(attribute, &findings)
        }
        for (name, amount) in capacity.entries {
            DeviceRules.checkQualifiedName(name, at: capacity, &findings)
            guard amount["requestPolicy"].exists else { continue }
            if device["allowMultipleAllocations"].flag {
                CapacityPolicyRules.check(amount, &findings)
            } else {
                findings.add(amount["requestPolicy"].forbidden("allowMultipleAllocations must be true"))
            }
        }
        DeviceRules.list(device["taints"], max: taintsMax, &findings, DeviceRules.checkTaint)
        DeviceRules.set(
            device["consumesCounters"], max: consumptionsMax, key: { $0["counterSet"].text }, &findings
        ) { consumption, findings in
            findings.name(consumption["counterSet"]) { Names.dns1123Label($0) }
            checkCounters(consumption["counters"], &findings)
        }
        checkPlace(ofDevice: device, isWanted: hasOwnPlace, &findings)
        DeviceRules.checkBinding(device, &findings)
    }

    private static func checkCounters(_ counters: FieldView, _ findings: inout Findings) {
        let entries = counters.entries
        if entries.isEmpty { return findings.add(counters.required()) }
        if entries.count > countersMax {
            return findings.add(
                .tooMany(counters.path.description, count: entries.count, maximum: countersMax))
        }
        for (name, _) in entries {
            for message in Names.dns1123Label(name) { findings.add(counters.invalid(name, message)) }
        }
    }

    private static func checkAttribute(_ attribute: FieldView, _ findings: inout Findings) {
        let count = ["bool", "int", "string", "version"].count { attribute[$0].exists }
        if attribute["string"].text.utf8.count > attributeBytesMax {
            findings.add(attribute["string"].tooLong(attributeBytesMax))
        }
        let version = attribute["version"]
        if version.exists {
            if !SemanticVersion.isValid(version.text) {
                findings.add(version.invalid("must be a string compatible with semver.org spec 2.0.0"))
            }
            if version.text.utf8.count > attributeBytesMax { findings.add(version.tooLong(attributeBytesMax)) }
        }
        if count == 0 { findings.add(attribute.invalid("", "exactly one value must be specified")) }
        if count > 1 { findings.add(attribute.invalid("exactly one value must be specified")) }
    }
}

/// How much of a device's capacity a request may ask for.
enum CapacityPolicyRules {
    private static let valuesMax = 10

    static func check(_ capacity: FieldView, _ findings: inout Findings) {
        let policy = capacity["requestPolicy"]
        let whole = capacity["value"].quantity ?? .zero
        let (values, range, preset) = (policy["validValues"], policy["validRange"], policy["default"])
        guard values.isEmpty || !range.exists else {
            return findings.add(
                policy.forbidden(
                    "exactly one policy can be specified, cannot specify \"validValues\" and \"validRange\" at the same"
                        + " time"))
        }
        for (field, isThere) in [("validValues", !values.isEmpty), ("validRange", range.exists)] where isThere {
            guard let amount = preset.quantity else {
                return findings.add(preset.required("required when \(field) is defined"))
            }
            if field == "validValues" {
                checkValues(values, amount, whole, &findings)
            } else {
                checkRange(range, amount, whole, &findings)
            }
        }
    }

    private static func checkValues(
        _ values: FieldView, _ preset: Quantity, _ whole: Quantity, _ findings: inout Findings
    ) {
        let amounts = values.items.map { $0.quantity ?? .zero }
        for (index, pair) in zip(amounts, amounts.dropFirst()).enumerated() where pair.0 > pair.1 {
            findings.add(values.items[index + 1].invalid(pair.1.text, "values must be sorted in ascending order"))
        }
        let key = { (value: FieldView) in String(value.quantity?.value ?? 0) }
        DeviceRules.set(values, max: valuesMax, key: key, &findings) { value, findings in
            if let amount = value.quantity, amount > whole {
                findings.add(value.invalid(amount.text, "option is larger than capacity value: \(whole.text)"))
            }
        }
        if !amounts.contains(preset) {
            findings.add(values.invalid(preset.text, "default value is not valid according to the requestPolicy"))
        }
    }

    private static func checkRange(
        _ range: FieldView, _ preset: Quantity, _ whole: Quantity, _ findings: inout Findings
    ) {
        guard let least = range["min"].quantity else {
            return findings.add(range["min"].required("required when validRange is defined"))
        }
        if least > whole {
            findings.add(range["min"].invalid(least.text, "min is larger than capacity value: \(whole.text)"))
        }
        if preset < least {
            findings.add(range["default"].invalid(preset.text, "default is less than min: \(least.text)"))
        }
        let most = range["max"].quantity
        if let most {
            if least > most { findings.add(range["max"].invalid(least.text, "min is larger than max: \(most.text)")) }
            if most > whole {
                findings.add(range["max"].invalid(most.text, "max is larger than capacity value: \(whole.text)"))
            }
            if preset > most {
                findings.add(range["default"].invalid(preset.text, "default is more than max: \(most.text)"))
            }
        }
        guard let step = range["step"].quantity else { return }
        guard step > .zero else { return findings.add(range["step"].invalid(step.text, "must be greater than zero")) }
        let first = least + step
        if first > whole {
            findings.add(
                range["step"].invalid(
                    step.text, "one step \(first.text) is larger than capacity value: \(whole.text)"))
        }
        for amount in [preset] + (most.map { [$0] } ?? [])
        where !(amount.value - least.value).isMultiple(of: step.value) {
            findings.add(
                range["step"].invalid(
                    amount.text, "value is not a multiple of a given step (\(step.text)) from (\(least.text))"))
        }
    }
}

/// Versions by semver.org.
enum SemanticVersion {
    static func isValid(_ text: String) -> Bool {
        let halves = text.split(separator: "+", maxSplits: 1, omittingEmptySubsequences: false)
        if halves.count == 2, !identifiers(halves[1]).allSatisfy({ isWord($0) }) { return false }
        let parts = halves[0].split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        let numbers = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        guard numbers.count == 3, numbers.allSatisfy(isNumber) else { return false }
        guard parts.count == 2 else { return true }
        return identifiers(parts[1]).allSatisfy { word in
            isWord(word) && (isNumber(word) || !word.utf8.allSatisfy { (0x30...0x39).contains($0) })
        }
    }

    private static func identifiers(_ text: Substring) -> [Substring] {
        text.split(separator: ".", omittingEmptySubsequences: false)
    }

    private static func isNumber(_ text: Substring) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
            && (text.utf8.count == 1 || text.utf8.first != 0x30)
    }

    private static func isWord(_ text: Substring) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x61...0x7a).contains(byte | 0x20) || byte == 0x2d
            }
    }
}
