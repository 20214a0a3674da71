package import APIMachinery

/// What a claim for a volume says about the data that the volume begins with, under both names that has (KEP 1495).
package enum ClaimPreparation {
    package static func create(_ claim: inout Fields) { claim.inObject("spec") { prepare(&$0, from: nil) } }

    package static func update(_ claim: inout Fields, from old: Value) {
        claim.inObject("spec") { prepare(&$0, from: old["spec"]) }
    }

    private static func prepare(_ spec: inout Fields, from old: Value?) {
        // Data of another namespace: CrossNamespaceVolumeDataSource, which is off.
        if let namespace = spec["dataSourceRef"]?["namespace"]?.stringValue, !namespace.isEmpty,
            old?["dataSourceRef"] == nil
        {
            spec["dataSourceRef"] = nil
        }
        let hadData = old?["dataSource"] != nil || old?["dataSourceRef"] != nil
        if !hadData, spec["dataSourceRef"] == nil, let source = spec["dataSource"], !isOldFashioned(source) {
            spec["dataSource"] = nil
        }
        copy(&spec)
    }

    /// What could be named before anything could.
    private static func isOldFashioned(_ source: Value) -> Bool {
        switch (source["apiGroup"]?.stringValue ?? "", source["kind"]?.stringValue ?? "") {
        case ("", "PersistentVolumeClaim"), ("snapshot.storage.k8s.io", "VolumeSnapshot"): true
        case _: false
        }
    }

    private static func copy(_ spec: inout Fields) {
        switch (spec["dataSource"], spec["dataSourceRef"]) {
        case (let source?, nil): spec["dataSourceRef"] = source
        case (nil, let reference?) where (reference["namespace"]?.stringValue ?? "").isEmpty:
            var source = reference
            source["namespace"] = nil
            spec["dataSource"] = source
        case _: break
        }
    }
}
