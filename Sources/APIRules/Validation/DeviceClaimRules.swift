package import APIMachinery

/// ResourceClaims, their templates, and DeviceClasses.
package enum DeviceClaimRules {
    private static let alternativesMax = 8
    private static let reservationsMax = 256
    private static let statusConditionsMax = 8

    package static func claim(_ object: Value) -> [FieldError] {
        Findings.of { checkDevices(FieldView(object)["spec"]["devices"], &$0) }
    }

    package static func claimUpdate(_ object: Value, from old: Value) -> [FieldError] {
        Findings.of { $0.immutable(FieldView(object)["spec"], old["spec"]) }
    }

    package static func template(_ object: Value) -> [FieldError] {
        Findings.of { findings in
            let spec = FieldView(object)["spec"]
            findings.labels(spec["metadata"]["labels"])
            findings.annotations(spec["metadata"]["annotations"])
            checkDevices(spec["spec"]["devices"], &findings)
        }
    }

    package static func deviceClass(_ object: Value) -> [FieldError] {
        Findings.of { findings in
            let spec = FieldView(object)["spec"]
            DeviceRules.checkSelectors(spec["selectors"], &findings)
            DeviceRules.list(spec["config"], max: DeviceRules.listMax, &findings, DeviceRules.checkConfiguration)
            let name = spec["extendedResourceName"]
            if name.exists, !ResourceRules.isExtended(name.text) {
                findings.add(name.invalid("must be a valid extended resource name"))
            }
        }
    }

    // MARK: Requests

    /// The names by which constraints, configuration and results speak of requests: `gpu`, `gpu/big`.
    private static func names(_ devices: FieldView) -> Set<String> {
        var names: Set<String> = []
        for request in devices["requests"].items {
            let name = request["name"].text
            names.insert(name)
            for alternative in request["firstAvailable"].items { names.insert("\(name)/\(alternative["name"].text)") }
        }
        return names
    }

    private static func checkDevices(_ devices: FieldView, _ findings: inout Findings) {
        let known = names(devices)
        let byName = { (view: FieldView) in view["name"].text }
        DeviceRules.set(devices["requests"], max: DeviceRules.listMax, key: byName, &findings) { request, findings in
            DeviceRules.checkLabel(request["name"], &findings)
            let (exactly, alternatives) = (request["exactly"], request["firstAvailable"])
            let one = "exactly one of `exactly` or `firstAvailable` is required"
            switch (exactly.exists, !alternatives.isEmpty) {
            case (false, false): findings.add(request.required(one))
            case (true, true): findings.add(request.invalid(Value.null, one + ", but multiple fields are set"))
            case (true, false): checkRequest(exactly, &findings)
            case (false, true):
                DeviceRules.set(alternatives, max: alternativesMax, key: byName, &findings) { other, findings in
                    DeviceRules.checkLabel(other["name"], &findings)
                    checkRequest(other, &findings)
                }
            }
        }
        DeviceRules.list(devices["constraints"], max: DeviceRules.listMax, &findings) { constraint, findings in
            checkReferences(constraint["requests"], known, &findings)
            let (match, distinct) = (constraint["matchAttribute"], constraint["distinctAttribute"])
            if match.exists {
                DeviceRules.checkFullyQualifiedName(match, &findings)
            } else if distinct.exists {
                DeviceRules.checkFullyQualifiedName(distinct, &findings)
            } else {
                findings.add(
                    constraint.required(
                        "exactly one of \"matchAttribute\" or \"distinctAttribute\" is required, but multiple fields"
                            + " are set"))
            }
        }
        DeviceRules.list(devices["config"], max: DeviceRules.listMax, &findings) { config, findings in
            checkReferences(config["requests"], known, &findings)
            DeviceRules.checkConfiguration(config, &findings)
        }
    }

    private static func checkRequest(_ request: FieldView, _ findings: inout Findings) {
        let name = request["deviceClassName"]
        findings.name(name) { Names.dns1123Subdomain($0) }
        DeviceRules.checkSelectors(request["selectors"], &findings)
        let (mode, count) = (request["allocationMode"], request["count"])
        switch mode.text {
        case "All":
            if let number = count.number, number != 0 {
                findings.add(count.invalid("must not be specified when allocationMode is 'All'"))
            }
        case "ExactCount":
            if (count.number ?? 0) <= 0 { findings.add(count.invalid(count.number ?? 0, "must be greater than zero")) }
        case _: findings.add(mode.invalidChoice(["All", "ExactCount"]))
        }
        for toleration in request["tolerations"].items { DeviceRules.checkToleration(toleration, &findings) }
    }

    private static func checkReferences(_ list: FieldView, _ known: Set<String>, _ findings: inout Findings) {
        DeviceRules.set(list, max: DeviceRules.listMax, key: { $0.text }, &findings) { name, findings in
            checkReference(name, known, &findings)
        }
    }

    private static func checkReference(_ name: FieldView, _ known: Set<String>, _ findings: inout Findings) {
        let unknown = "must be the name of a request in the claim or the name of a request and a subrequest"
            + " separated by '/'"
        let parts = name.text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2 else { return findings.add(name.invalid(unknown)) }
        for part in parts {
            for message in Names.dns1123Label(String(part)) { findings.add(name.invalid(String(part), message)) }
        }
        if !known.contains(name.text) { findings.add(name.invalid(name.text, unknown)) }
    }

    // MARK: Status

    package static func claimStatus(_ object: Value, from old: Value) -> [FieldError] {
        Findings.of { findings in
            let (status, was) = (FieldView(object)["status"], FieldView(old)["status"])
            let reserved = status["reservedFor"]
            DeviceRules.set(reserved, max: reservationsMax, key: { $0["uid"].text }, &findings) { consumer, findings in
                for field in ["resource", "name", "uid"] { findings.require(consumer[field]) }
            }
            let allocation = status["allocation"]
            let before = was["reservedFor"].items.map(\.value)
            checkDeviceStatus(status["devices"], allocation, &findings)
            if !reserved.isEmpty {
                if !allocation.exists {
                    findings.add(reserved.forbidden("may not be specified when `allocated` is not set"))
                } else if object[path: "metadata", "deletionTimestamp"] != nil,
                    reserved.items.contains(where: { !before.contains($0.value) })
                {
                    findings.add(
                        reserved.forbidden(
                            "new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set"
                        ))
                }
            }
            if allocation.exists, was["allocation"].exists {
                findings.immutable(allocation, was["allocation"].value)
            } else if allocation.exists {
                checkAllocation(allocation, names(FieldView(object)["spec"]["devices"]), &findings)
            }
        }
    }

    private static func identity(_ device: FieldView) -> String {
        let name = [device["driver"].text, device["pool"].text, device["device"].text].joined(separator: "/")
        return device["shareID"].isEmpty ? name : "\(name)/\(device["shareID"].text)"
    }

    private static func checkDeviceStatus(
        _ devices: FieldView, _ allocation: FieldView, _ findings: inout Findings
    ) {
        let allocated = Set(allocation["devices"]["results"].items.map(identity))
        DeviceRules.set(devices, max: nil, key: identity, &findings) { device, findings in
            DriverRules.checkDriverName(device["driver"], &findings)
            DeviceRules.checkPoolName(device["pool"], &findings)
            DeviceRules.checkLabel(device["device"], &findings)
            if !allocated.contains(identity(device)) {
                findings.add(device.invalid(identity(device), "must be an allocated device in the claim"))
            }
            if device["conditions"].items.count > statusConditionsMax {
                findings.add(device["conditions"].tooMany(statusConditionsMax))
            }
            if device["data"].exists { DeviceRules.checkParameters(device["data"], &findings) }
            checkNetwork(device["networkData"], &findings)
        }
    }

    private static func checkNetwork(_ data: FieldView, _ findings: inout Findings) {
        guard data.exists else { return }
        for (field, max) in [("interfaceName", 256), ("hardwareAddress", 128)]
        where data[field].text.utf8.count > max { findings.add(data[field].tooLong(max)) }
        DeviceRules.set(data["ips"], max: 16, key: { $0.text }, &findings) { address, findings in
            findings.add(address, Names.interfaceAddress(address.text))
        }
    }

    private static func checkAllocation(_ allocation: FieldView, _ known: Set<String>, _ findings: inout Findings) {
        let devices = allocation["devices"]
        DeviceRules.list(devices["results"], max: DeviceRules.listMax, &findings) { result, findings in
            checkReference(result["request"], known, &findings)
            DriverRules.checkDriverName(result["driver"], &findings)
            DeviceRules.checkPoolName(result["pool"], &findings)
            DeviceRules.checkLabel(result["device"], &findings)
            DeviceRules.checkBinding(result, &findings)
            for toleration in result["tolerations"].items { DeviceRules.checkToleration(toleration, &findings) }
        }
        DeviceRules.list(devices["config"], max: 2 * DeviceRules.listMax, &findings) { config, findings in
            findings.choice(config["source"], ["FromClaim", "FromClass"])
            checkReferences(config["requests"], known, &findings)
            DeviceRules.checkConfiguration(config, &findings)
        }
        if allocation["nodeSelector"].exists {
            SchedulingRules.checkNodeSelector(allocation["nodeSelector"], &findings)
        }
    }
}
