internal import APIMachinery

enum VolumeDefaults {
    /// Mode 0644 of the files in a volume.
    private static let fileMode: Value = 420

    static func apply(_ volume: inout Fields) {
        // A volume is its name and one source.
        if volume.elements.allSatisfy({ $0.name == "name" || $0.value.isNull }) { volume["emptyDir"] = .emptyObject }
        for element in volume.elements where element.name != "name" {
            volume.inObject(element.name) { applySource(element.name, &$0) }
        }
    }

    private static func applySource(_ kind: String, _ source: inout Fields) {
        switch kind {
        case "configMap", "secret":
            source.setDefault("defaultMode", fileMode)
        case "downwardAPI":
            source.setDefault("defaultMode", fileMode)
            source.inItems("items") { applyDownwardFile(&$0) }
        case "projected":
            source.setDefault("defaultMode", fileMode)
            source.inItems("sources") { projection in
                projection.inObject("serviceAccountToken") { $0.setDefault("expirationSeconds", 3600) }
                projection.inObject("downwardAPI") { $0.inItems("items") { applyDownwardFile(&$0) } }
            }
        case "image":
            source.setDefault(
                "pullPolicy", ImageName.isLatest(source.text("reference")) ? "Always" : "IfNotPresent")
        case "ephemeral":
            source.inObject("volumeClaimTemplate") { template in
                template.inObject("spec") { $0.setDefault("volumeMode", "Filesystem") }
            }
        case _:
            applyStorage(kind, &source)
        }
    }

    /// Sources that volumes and PersistentVolumes share.
    static func applyStorage(_ kind: String, _ source: inout Fields) {
        switch kind {
        case "hostPath":
            if source["type"] == nil { source["type"] = "" }
        case "iscsi":
            source.setDefault("iscsiInterface", "default")
        case "rbd":
            source.setDefault("pool", "rbd")
            source.setDefault("user", "admin")
            source.setDefault("keyring", "/etc/ceph/keyring")
        case "azureDisk":
            source.setDefault("cachingMode", "ReadWrite")
            source.setDefault("kind", "Shared")
            source.setDefault("fsType", "ext4")
            source.setDefault("readOnly", false)
        case "scaleIO":
            source.setDefault("storageMode", "ThinProvisioned")
            source.setDefault("fsType", "xfs")
        case _:
            break
        }
    }

    private static func applyDownwardFile(_ file: inout Fields) {
        file.inObject("fieldRef") { $0.setDefault("apiVersion", "v1") }
    }
}
