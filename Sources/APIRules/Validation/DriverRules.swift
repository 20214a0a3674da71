package import APIMachinery

/// What CSI drivers register: themselves, their nodes, capacities and classes of attributes, and attachments
/// (`apis/storage/validation`).
package enum DriverRules {
    private static let nameMax = 63
    private static let nodeIDMax = 192
    private static let updatePeriodMin: Int64 = 10
    private static let metadataBytesMax = 256 << 10
    private static let messageBytesMax = 1024

    static func checkDriverName(_ name: FieldView, _ findings: inout Findings) {
        if name.isEmpty { findings.add(name.required()) }
        if name.text.utf8.count > nameMax { findings.add(name.tooLong(nameMax)) }
        for message in Names.dns1123Subdomain(name.text.lowercased()) { findings.add(name.invalid(message)) }
    }

    // MARK: Drivers

    package static func driver(_ object: Value) -> [FieldError] {
        Findings.of { findings in
            let item = FieldView(object)
            checkDriverName(item["metadata"]["name"].moved(to: item["name"]), &findings)
            let spec = item["spec"]
            // Upstream misspells the path of the first.
            for (field, shown) in [
                ("attachRequired", "attachedRequired"), ("podInfoOnMount", "podInfoOnMount"),
                ("storageCapacity", "storageCapacity"),
            ] where !spec[field].exists { findings.add(spec[shown].required()) }
            findings.choice(spec["fsGroupPolicy"], ["File", "None", "ReadWriteOnceWithFSType"])
            checkTokenRequests(spec["tokenRequests"], &findings)
            let modes = spec["volumeLifecycleModes"]
            for mode in modes.texts where !["Persistent", "Ephemeral"].contains(mode) {
                findings.add(.notSupported(modes.path.description, mode, ["Ephemeral", "Persistent"]))
            }
            if !spec["seLinuxMount"].exists { findings.add(spec["seLinuxMount"].required()) }
            let period = spec["nodeAllocatableUpdatePeriodSeconds"]
            if let seconds = period.number, seconds < updatePeriodMin {
                findings.add(period.invalid("must be greater than or equal to \(updatePeriodMin)"))
            }
        }
    }

    private static func checkTokenRequests(_ requests: FieldView, _ findings: inout Findings) {
        var audiences: Set<String> = []
        for request in requests.items {
            let (audience, expiration) = (request["audience"], request["expirationSeconds"])
            guard audiences.insert(audience.text).inserted else {
                findings.add(audience.duplicate(audience.text))
                continue
            }
            guard let seconds = expiration.number else { continue }
            if seconds < 600 { findings.add(expiration.invalid("may not specify a duration less than 10 minutes")) }
            if seconds > 1 << 32 {
                findings.add(expiration.invalid("may not specify a duration larger than 2^32 seconds"))
            }
        }
    }

    package static func driverUpdate(_ object: Value, from old: Value) -> [FieldError] {
        Findings.of { findings in
            let (spec, was) = (FieldView(object)["spec"], FieldView(old)["spec"])
            findings.immutable(
                spec["attachRequired"].moved(to: spec["attachedRequired"]), was["attachRequired"].value)
            findings.immutable(spec["volumeLifecycleModes"], was["volumeLifecycleModes"].value)
            checkTokenRequests(spec["tokenRequests"], &findings)
        }
    }

    // MARK: Nodes

    package static func node(_ object: Value) -> [FieldError] {
        Findings.of { findings in
            var names: Set<String> = []
            for driver in FieldView(object)["spec"]["drivers"].items {
                checkDriverName(driver["name"], &findings)
                checkNodeID(driver["nodeID"], &findings)
                let allocatable = driver["allocatable"]
                if let count = allocatable["count"].number, count < 0 {
                    findings.add(allocatable.invalid(count, "must be greater than or equal to 0"))
                }
                if !names.insert(driver["name"].text).inserted { findings.add(driver["name"].duplicate()) }
                checkTopologyKeys(driver["topologyKeys"], &findings)
            }
        }
    }

    private static func checkNodeID(_ id: FieldView, _ findings: inout Findings) {
        if id.isEmpty { return findings.add(id.required()) }
        if id.text.utf8.count > nodeIDMax { findings.add(id.invalid("must be \(nodeIDMax) characters or less")) }
    }

    private static func checkTopologyKeys(_ list: FieldView, _ findings: inout Findings) {
        var keys: Set<String> = []
        for key in list.texts {
            if key.isEmpty { findings.add(list.required(key)) }
            if !keys.insert(key).inserted { findings.add(list.duplicate(key)) }
            for message in Names.labelKey(key) { findings.add(list.invalid(message)) }
        }
    }

    package static func nodeUpdate(_ object: Value, from old: Value) -> [FieldError] {
        Findings.of { findings in
            let drivers = FieldView(object)["spec"]["drivers"].items
            for was in FieldView(old)["spec"]["drivers"].items {
                for driver in drivers where driver["name"].text == was["name"].text {
                    // What a node can attach may change while it runs.
                    var (new, before) = (driver.value ?? .null, was.value ?? .null)
                    new["allocatable"] = nil
                    before["allocatable"] = nil
                    if new != before {
                        findings.add(.invalid("CSINodeDriver", driver.value ?? .null, "field is immutable"))
                    }
                }
            }
        }
    }

    // MARK: Capacities and classes

    package static func capacity(_ object: Value) -> [FieldError] {
        Findings.of { findings in
            let item = FieldView(object)
            findings.labelSelector(item["nodeTopology"])
            let name = item["storageClassName"]
            for message in Names.dns1123Subdomain(name.text) { findings.add(name.invalid(message)) }
            for field in ["capacity", "maximumVolumeSize"] {
                if let amount = item[field].quantity, amount.isNegative {
                    findings.add(item[field].invalid(amount.text, "must be greater than or equal to 0"))
                }
            }
        }
    }

    package static func capacityUpdate(_ object: Value, from old: Value) -> [FieldError] {
        Findings.of { findings in
            for field in ["nodeTopology", "storageClassName"] {
                findings.immutable(FieldView(object)[field], old[field])
            }
        }
    }

    package static func attributesClass(_ object: Value) -> [FieldError] {
        Findings.of { findings in
            let item = FieldView(object)
            StorageRules.checkProvisioner(item["driverName"], &findings)
            StorageRules.checkParameters(item["parameters"], mayBeEmpty: false, &findings)
        }
    }

    package static func attributesClassUpdate(_ object: Value, from old: Value) -> [FieldError] {
        Findings.of { findings in
            for field in ["driverName", "parameters"] where FieldView(object)[field].value != old[field] {
                findings.add(FieldView(object)[field].forbidden("updates to \(field) are forbidden."))
            }
        }
    }

    // MARK: Attachments

    package static func attachment(_ object: Value) -> [FieldError] {
        Findings.of { findings in
            let item = FieldView(object)
            let spec = item["spec"]
            findings.require(spec["attacher"])
            checkSource(spec["source"], &findings)
            for message in Names.dns1123Subdomain(spec["nodeName"].text) {
                findings.add(spec["nodeName"].invalid(message))
            }
            checkAttachmentStatus(item["status"], &findings)
        }
    }

    /// Beyond that, of new ones only: names that could be.
    package static func attachmentCreation(_ object: Value) -> [FieldError] {
        Findings.of { findings in
            let spec = FieldView(object)["spec"]
            checkDriverName(spec["attacher"], &findings)
            let name = spec["source"]["persistentVolumeName"]
            if name.exists {
                for message in Names.dns1123Subdomain(name.text) { findings.add(name.invalid(message)) }
            }
        }
    }

    private static func checkSource(_ source: FieldView, _ findings: inout Findings) {
        let (name, inline) = (source["persistentVolumeName"], source["inlineVolumeSpec"])
        let one = "must specify exactly one of inlineVolumeSpec and persistentVolumeName"
        switch (name.exists, inline.exists) {
        case (false, false): findings.add(source.required(one))
        case (true, true): findings.add(source.forbidden(one))
        case (true, false): findings.require(name, "must specify non empty persistentVolumeName")
        case (false, true): PersistentVolumeRules.checkInline(inline, &findings)
        }
    }

    private static func checkAttachmentStatus(_ status: FieldView, _ findings: inout Findings) {
        let metadata = status["attachmentMetadata"]
        var size = 0
        for (key, entry) in metadata.entries {
            if key.isEmpty { findings.add(metadata.invalid(key, "field can not be empty.")) }
            size += key.utf8.count + entry.text.utf8.count
        }
        if size > metadataBytesMax { findings.add(metadata.tooLong(metadataBytesMax)) }
        for field in ["attachError", "detachError"] {
            let message = status[field]["message"]
            if message.text.utf8.count > messageBytesMax { findings.add(message.tooLong(messageBytesMax)) }
            findings.range(status[field]["errorCode"], 0, Int(Int32.max))
        }
    }

    package static func attachmentUpdate(_ object: Value, from old: Value) -> [FieldError] {
        Findings.of { $0.immutable(FieldView(object)["spec"], old["spec"]) }
    }

    package static func attachmentStatus(_ object: Value, from old: Value) -> [FieldError] {
        Findings.of { checkAttachmentStatus(FieldView(object)["status"], &$0) }
    }
}
