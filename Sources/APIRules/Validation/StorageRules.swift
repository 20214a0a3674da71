package import APIMachinery

/// StorageClasses.
package enum StorageRules {
    package static func storageClass(_ object: Value) -> [FieldError] {
        Findings.of { findings in
            let item = FieldView(object)
            checkProvisioner(item["provisioner"], &findings)
            checkParameters(item["parameters"], mayBeEmpty: true, &findings)
            findings.choice(item["reclaimPolicy"], ["Delete", "Retain"], isOptional: true)
            findings.choice(item["volumeBindingMode"], ["Immediate", "WaitForFirstConsumer"])
            checkTopologies(item["allowedTopologies"], &findings)
        }
    }

    static func checkProvisioner(_ name: FieldView, _ findings: inout Findings) {
        findings.name(name) { Names.labelKey($0.lowercased()) }
    }

    private static let parametersMax = 512
    private static let parameterBytesMax = 256 << 10

    static func checkParameters(_ parameters: FieldView, mayBeEmpty: Bool, _ findings: inout Findings) {
        let entries = parameters.entries
        guard entries.count <= parametersMax else { return findings.add(parameters.tooLong(parametersMax)) }
        var size = 0
        for (key, entry) in entries {
            if key.isEmpty { findings.add(parameters.invalid("", "field can not be empty.")) }
            size += key.utf8.count + entry.text.utf8.count
        }
        if size > parameterBytesMax { findings.add(parameters.tooLong(parameterBytesMax)) }
        if !mayBeEmpty, entries.isEmpty {
            findings.add(parameters.required("must contain at least one key/value pair"))
        }
    }

    private static func checkTopologies(_ topologies: FieldView, _ findings: inout Findings) {
        var terms: [[String: Set<String>]] = []
        for topology in topologies.items {
            var term: [String: Set<String>] = [:]
            for expression in topology["matchLabelExpressions"].items {
                let (key, values) = (expression["key"], expression["values"])
                if values.isEmpty { findings.add(values.required()) }
                var seen: Set<String> = []
                for value in values.items where !seen.insert(value.text).inserted { findings.add(value.duplicate()) }
                findings.add(key, Names.labelKey(key.text))
                if term.updateValue(seen, forKey: key.text) != nil { findings.add(key.duplicate()) }
            }
            if terms.contains(term) { findings.add(topology.duplicate("")) }
            terms.append(term)
        }
    }

    package static func storageClassUpdate(_ object: Value, from old: Value) -> [FieldError] {
        Findings.of { findings in
            let item = FieldView(object)
            for field in ["parameters", "provisioner"] where item[field].value != old[field] {
                findings.add(item[field].forbidden("updates to \(field) are forbidden."))
            }
            if item["reclaimPolicy"].value != old["reclaimPolicy"] {
                findings.add(item["reclaimPolicy"].forbidden("updates to reclaimPolicy are forbidden."))
            }
            findings.immutable(item["volumeBindingMode"], old["volumeBindingMode"])
        }
    }
}
