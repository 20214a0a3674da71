package import APIMachinery

/// Upstream's defaults of the core group's other kinds.
package enum CoreDefaults {
    package static func namespace(_ object: inout Fields) {
        let name = object["metadata"]?["name"]
        if let name, name != "" {
            object.inObject("metadata") { metadata in
                metadata.inNewObject("labels") { $0["kubernetes.io/metadata.name"] = name }
            }
        }
        object.inNewObject("status") { $0.setDefault("phase", "Active") }
    }

    package static func node(_ object: inout Fields) {
        object.inObject("spec") { spec in
            // One of several has a field of its own, from when there was but one.
            if let first = spec["podCIDRs"]?.arrayValue?.first {
                spec["podCIDR"] = first
            } else if let only = spec["podCIDR"]?.stringValue, !only.isEmpty {
                spec["podCIDRs"] = .array([.string(only)])
            }
        }
        object.inObject("status") { status in
            if status["allocatable"] == nil, let capacity = status["capacity"] { status["allocatable"] = capacity }
        }
    }

    /// `stringData` is write-only: its texts become `data`.
    package static func secret(_ object: inout Fields) {
        object.setDefault("type", "Opaque")
        guard let texts = object.remove("stringData")?.objectValue, !texts.isEmpty else { return }
        object.inNewObject("data") { data in
            for field in texts {
                data[field.name] = .string(Base64.encode(Array((field.value.stringValue ?? "").utf8)))
            }
        }
    }

    package static func endpoints(_ object: inout Fields) {
        object.inItems("subsets") { subset in
            subset.inItems("ports") { $0.setDefault("protocol", "TCP") }
        }
    }

    /// A maximum stands in for a missing default, a default for a missing default request, then a minimum.
    package static func limitRange(_ object: inout Fields) {
        object.inObject("spec") { spec in
            spec.inItems("limits") { item in
                guard item["type"] == "Container" else { return }
                fill("default", from: "max", in: &item)
                fill("defaultRequest", from: "default", in: &item)
                fill("defaultRequest", from: "min", in: &item)
            }
        }
    }

    private static func fill(_ name: String, from other: String, in item: inout Fields) {
        guard let source = item[other]?.objectValue, !source.isEmpty else { return }
        item.inNewObject(name) { amounts in
            for field in source where amounts[field.name] == nil { amounts[field.name] = field.value }
        }
    }
}
