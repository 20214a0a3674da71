internal import APIMachinery

/// The cluster's addresses of a service, and their families.
enum ServiceAddressRules {
    private static let policies = ["PreferDualStack", "RequireDualStack", "SingleStack"]

    static func check(_ spec: FieldView, from was: FieldView, _ findings: inout Findings) {
        guard spec["type"].text != "ExternalName" else { return }
        let (first, list) = (spec["clusterIP"], spec["clusterIPs"])
        if !first.isEmpty {
            if list.isEmpty {
                findings.add(list.required())
            } else if list.items.first?.text != first.text {
                findings.add(list.invalid("first value must match `clusterIP`"))
            }
        } else if !list.isEmpty {
            findings.add(list.invalid("must be empty when `clusterIP` is not specified"))
        }
        var seen: Set<String> = []
        for family in spec["ipFamilies"].items {
            if !["IPv4", "IPv6"].contains(family.text) { findings.add(family.notSupported(["IPv4", "IPv6"])) }
            if !seen.insert(family.text).inserted { findings.add(family.duplicate()) }
        }
        let policy = spec["ipFamilyPolicy"]
        if policy.exists, !policies.contains(policy.text) { findings.add(policy.notSupported(policies)) }
        let count = findings.errors.count
        for (index, address) in list.items.enumerated() {
            if index > 0 || address.text != "None" {
                let isNew = !was["clusterIPs"].texts.contains(address.text)
                findings.add(address, Names.legacyIPAddress(address.text, isStrict: isNew))
            } else if list.items.count > 1 {
                findings.add(list.invalid("'None' must be the first and only value"))
            }
        }
        let isReadable = findings.errors.count == count
        if list.items.count > 2 { findings.add(list.invalid("may only hold up to 2 values")) }
        if isReadable { checkFamilies(list, spec["ipFamilies"].texts, &findings) }
    }

    private static func checkFamilies(_ list: FieldView, _ families: [String], _ findings: inout Findings) {
        let found = list.texts.map { IPAddress($0, allowsLeadingZeros: true)?.family }
        if found.count > 1, Set(found).count < 2 {
            findings.add(list.invalid("may specify no more than one IP for each IP family"))
        }
        guard list.texts != ["None"] else { return }
        for (index, (address, wanted)) in zip(list.items, families).enumerated() {
            let isSixth = found[index] == .ipv6
            if wanted == "IPv4" && isSixth || wanted == "IPv6" && !isSixth {
                findings.add(
                    address.invalid("expected an \(wanted) value as indicated by `ipFamilies[\(index)]`"))
            }
        }
    }

    // MARK: Changes

    /// A second address may come and go; the first one stays.
    static func checkUpdate(_ spec: FieldView, from was: FieldView, _ findings: inout Findings) {
        guard spec["type"].text != "ExternalName", was["type"].text != "ExternalName" else { return }
        let (isHeadless, wasHeadless) = (spec["clusterIPs"].texts == ["None"], was["clusterIPs"].texts == ["None"])
        if !isHeadless || !wasHeadless { checkChange("clusterIPs", "clusterIP", spec, was, &findings) }
        if !isHeadless, !wasHeadless { checkChange("ipFamilies", "ipFamily", spec, was, &findings) }
    }

    private static func checkChange(
        _ field: String, _ one: String, _ spec: FieldView, _ was: FieldView, _ findings: inout Findings
    ) {
        let (list, new, old) = (spec[field], spec[field].texts, was[field].texts)
        let at = { (index: Int) in FieldView(list.value ?? .null, at: .index(list.path, index)) }
        if new.count == old.count {
            for index in new.indices where new[index] != old[index] {
                findings.add(at(field == "clusterIPs" ? index : 0).invalid("may not change once set"))
            }
            return
        }
        if new.count < old.count, spec["clusterIPs"].isEmpty {
            findings.add(at(0).invalid("primary \(one) can not be unset"))
        }
        if let first = new.first, let before = old.first, first != before {
            let shown = field == "clusterIPs" ? list.value : spec["clusterIPs"].value
            findings.add(at(0).invalid(shown ?? .null, "may not change once set"))
        }
        let policy = spec["ipFamilyPolicy"]
        if new.count < old.count, new.count == 1, policy.text != "SingleStack" {
            findings.add(
                policy.invalid(policy.value ?? .null, "must be set to 'SingleStack' when releasing the secondary \(one)"))
        }
    }
}
