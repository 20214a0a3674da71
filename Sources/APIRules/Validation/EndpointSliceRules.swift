package import APIMachinery

/// What must hold for endpoint slices (`discovery/validation`).
package enum EndpointSliceRules {
    private static let endpointsMax = 1000
    private static let addressesMax = 100
    private static let portsMax = 20_000
    private static let topologyMax = 16
    /// Of zones, and of nodes.
    private static let hintsMax = 8

    package static func creation(_ object: Value) -> [FieldError] { check(object, from: nil) }

    package static func update(_ object: Value, from old: Value) -> [FieldError] {
        check(object, from: old)
            + Findings.of { $0.immutable(FieldView(object)["addressType"], old["addressType"]) }
    }

    /// - old: endpoints that are as they were may have been taken under older rules.
    private static func check(_ object: Value, from old: Value?) -> [FieldError] {
        Findings.of { findings in
            let slice = FieldView(object)
            let type = slice["addressType"]
            findings.choice(type, ["FQDN", "IPv4", "IPv6"])
            checkPorts(slice["ports"], &findings)
            let endpoints = slice["endpoints"]
            if let old, old["endpoints"] == endpoints.value { return }
            if endpoints.items.count > endpointsMax { return findings.add(endpoints.tooMany(endpointsMax)) }
            for endpoint in endpoints.items { checkEndpoint(endpoint, type.text, &findings) }
        }
    }

    private static func checkEndpoint(_ endpoint: FieldView, _ type: String, _ findings: inout Findings) {
        let addresses = endpoint["addresses"]
        if addresses.isEmpty { findings.add(addresses.required("must contain at least 1 address")) }
        if addresses.items.count > addressesMax { findings.add(addresses.tooMany(addressesMax)) }
        for address in addresses.items {
            switch type {
            case "IPv4", "IPv6": checkAddress(address, type, &findings)
            case "FQDN": checkDomain(address, &findings)
            case _: break
            }
        }
        if endpoint["nodeName"].exists {
            findings.add(endpoint["nodeName"], Names.dns1123Subdomain(endpoint["nodeName"].text))
        }
        checkTopology(endpoint["deprecatedTopology"], &findings)
        if endpoint["hostname"].exists {
            findings.add(endpoint["hostname"], Names.dns1123Label(endpoint["hostname"].text))
        }
        let hints = endpoint["hints"]
        guard checkHints(hints["forZones"], Names.labelValue, &findings) else { return }
        _ = checkHints(hints["forNodes"], { Names.dns1123Subdomain($0) }, &findings)
    }

    private static func checkAddress(_ address: FieldView, _ type: String, _ findings: inout Findings) {
        let faults = Names.ipAddress(address.text)
        findings.add(address, faults)
        guard faults.isEmpty else { return }
        if IPAddress(address.text)?.family != (type == "IPv4" ? .ipv4 : .ipv6) {
            findings.add(address.invalid("must be a valid \(type) address"))
        }
        findings.nonSpecialAddress(address)
    }

    /// A name of at least two parts; a dot at its end says that it is whole.
    private static func checkDomain(_ address: FieldView, _ findings: inout Findings) {
        guard !address.isEmpty else { return findings.add(address.required()) }
        let name = address.text.hasSuffix(".") ? String(address.text.dropLast()) : address.text
        let faults = Names.dns1123Subdomain(name)
        guard faults.isEmpty else { return findings.add(address.invalid(name, faults.joined(separator: ","))) }
        let labels = name.split(separator: ".")
        if labels.count < 2 {
            return findings.add(
                address.invalid(name, "should be a domain with at least two segments separated by dots"))
        }
        for label in labels {
            let faults = Names.dns1123Label(String(label))
            guard faults.isEmpty else {
                return findings.add(address.invalid(String(label), faults.joined(separator: ",")))
            }
        }
    }

    private static func checkTopology(_ topology: FieldView, _ findings: inout Findings) {
        let count = topology.entries.count
        if count > topologyMax {
            findings.add(.tooMany(topology.path.description, count: count, maximum: topologyMax))
        }
        findings.labels(topology)
        let zone = topology[key: "topology.kubernetes.io/zone"]
        guard zone.exists else { return }
        findings.add(
            FieldError(
                .internalError, zone.path.description, "Internal error: reserved key was not removed in conversion"))
    }

    /// - Returns: whether there are no more than there may be.
    private static func checkHints(
        _ hints: FieldView, _ rule: (String) -> [String], _ findings: inout Findings
    ) -> Bool {
        guard hints.items.count <= hintsMax else {
            findings.add(hints.tooMany(hintsMax))
            return false
        }
        var names: Set<String> = []
        for hint in hints.items {
            let name = hint["name"].orEmpty
            if !names.insert(name.text).inserted { findings.add(name.duplicate()) }
            findings.add(name, rule(name.text))
        }
        return true
    }

    private static func checkPorts(_ ports: FieldView, _ findings: inout Findings) {
        if ports.items.count > portsMax { return findings.add(ports.tooMany(portsMax)) }
        var names: Set<String> = []
        for port in ports.items {
            findings.optionalName(port["name"]) { Names.dns1123Label($0) }
            if !names.insert(port["name"].text).inserted { findings.add(port["name"].duplicate()) }
            findings.given(port["protocol"], EndpointRules.protocols)
            EndpointRules.checkAppProtocol(port, &findings)
            if port["port"].exists { findings.port(port["port"]) }
        }
    }
}

/// What becomes of a slice before it is judged.
package enum EndpointSlicePreparation {
    private static let hostname = "kubernetes.io/hostname"

    package static func creation(_ slice: inout Fields) { dropTopology(&slice, from: nil) }

    package static func update(_ slice: inout Fields, from old: Value) {
        if slice["endpoints"] != old["endpoints"] { dropTopology(&slice, from: old) }
    }

    /// This version of the API takes no topology; the node that stood in it is kept.
    private static func dropTopology(_ slice: inout Fields, from old: Value?) {
        let nodes = FieldView(old)["endpoints"].items.map { $0["deprecatedTopology"][key: hostname].text }
        slice.inItems("endpoints") { endpoint in
            let node = endpoint["deprecatedTopology"]?[hostname]?.stringValue ?? ""
            if endpoint.isUnset("nodeName"), !node.isEmpty, nodes.contains(node), Names.dns1123Subdomain(node).isEmpty {
                endpoint["nodeName"] = .string(node)
            }
            _ = endpoint.remove("deprecatedTopology")
        }
    }
}
