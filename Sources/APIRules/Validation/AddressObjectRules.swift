package import APIMachinery

/// ServiceCIDRs and IPAddresses (`apis/networking/validation`).
package enum AddressObjectRules {
    package static func serviceCIDR(_ object: Value) -> [FieldError] {
        Findings.of { checkBlocks(FieldView(object)["spec"], &$0) }
    }

    private static func checkBlocks(_ spec: FieldView, _ findings: inout Findings) {
        let list = spec["cidrs"]
        let blocks = list.items
        guard !blocks.isEmpty else { return findings.add(list.required("at least one CIDR required")) }
        guard blocks.count <= 2 else {
            return findings.add(list.invalid(spec.value ?? .null, "may only hold up to 2 values"))
        }
        for block in blocks { findings.add(block, Names.cidr(block.text)) }
        let families = list.texts.map { CIDR($0, allowsLeadingZeros: true)?.address.family }
        if blocks.count == 2, let family = families[0], family == families[1] {
            findings.add(
                list.invalid(
                    "may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64"))
        }
    }

    /// A block may be joined by one of the other family, and that is all that may change.
    package static func serviceCIDRUpdate(_ object: Value, from old: Value) -> [FieldError] {
        Findings.of { findings in
            let spec = FieldView(object)["spec"]
            let (blocks, was) = (spec["cidrs"].items, FieldView(old)["spec"]["cidrs"].texts)
            guard blocks.count == was.count || was.count == 1 && blocks.count == 2 else {
                return findings.add(spec["cidrs"].invalid("field is immutable"))
            }
            for (block, before) in zip(blocks, was) where block.text != before {
                findings.add(block.invalid("field is immutable"))
            }
            if blocks.count != was.count { checkBlocks(spec, &findings) }
        }
    }

    package static func address(_ object: Value) -> [FieldError] {
        Findings.of { findings in
            let parent = FieldView(object)["spec"]["parentRef"]
            guard parent.exists else { return findings.add(parent.required()) }
            findings.optionalName(parent["group"]) { Names.dns1123Subdomain($0) }
            findings.name(parent["resource"]) { Names.pathSegment($0) }
            findings.name(parent["name"]) { Names.pathSegment($0) }
            findings.optionalName(parent["namespace"]) { Names.pathSegment($0) }
        }
    }

    package static func addressUpdate(_ object: Value, from old: Value) -> [FieldError] {
        Findings.of { $0.immutable(FieldView(object)["spec"]["parentRef"], old[path: "spec", "parentRef"]) }
    }
}
