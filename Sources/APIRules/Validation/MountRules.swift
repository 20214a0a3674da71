internal import APIMachinery

/// Where a container mounts its pod's volumes.
struct MountRules {
    let volumes: [String: Value]

    func check(_ container: FieldView, _ findings: inout Findings) {
        let mounts = container["volumeMounts"].items
        let devices = container["volumeDevices"].items
        checkMounts(mounts, devices, container, &findings)
        checkDevices(devices, mounts, &findings)
    }

    private func checkMounts(
        _ mounts: [FieldView], _ devices: [FieldView], _ container: FieldView, _ findings: inout Findings
    ) {
        var paths: Set<String> = []
        let list = container["volumeMounts"]
        for mount in mounts {
            let (name, path) = (mount["name"], mount["mountPath"])
            findings.require(name)
            if volumes[name.text] == nil { findings.add(name.notFound()) }
            findings.require(path)
            if !paths.insert(path.text).inserted { findings.add(path.invalid("must be unique")) }
            if devices.contains(where: { $0["name"].text == name.text }) {
                findings.add(name.invalid("must not already exist in volumeDevices"))
            }
            if devices.contains(where: { $0["devicePath"].text == path.text }) {
                findings.add(path.invalid("must not already exist as a path in volumeDevices"))
            }
            if !mount["subPath"].isEmpty {
                PathRules.checkDescending(mount["subPath"].text, at: list["subPath"], &findings)
            }
            if !mount["subPathExpr"].isEmpty {
                if !mount["subPath"].isEmpty {
                    findings.add(mount["subPathExpr"].invalid("subPathExpr and subPath are mutually exclusive"))
                }
                PathRules.checkDescending(mount["subPathExpr"].text, at: list["subPathExpr"], &findings)
            }
            checkPropagation(mount, container, list["mountPropagation"], &findings)
            if mount["recursiveReadOnly"].exists {
                checkRecursion(mount, at: list["recursiveReadOnly"], &findings)
            }
        }
    }

    private func checkPropagation(
        _ mount: FieldView, _ container: FieldView, _ view: FieldView, _ findings: inout Findings
    ) {
        let mode = mount["mountPropagation"]
        guard mode.exists else { return }
        let supported = ["Bidirectional", "HostToContainer", "None"]
        if !supported.contains(mode.text) {
            findings.add(.notSupported(view.path.description, mode.text, supported))
        }
        if mode.text == "Bidirectional", !container["securityContext"]["privileged"].flag {
            findings.add(view.forbidden("Bidirectional mount propagation is available only to privileged containers"))
        }
    }

    private func checkRecursion(_ mount: FieldView, at view: FieldView, _ findings: inout Findings) {
        switch mount["recursiveReadOnly"].text {
        case "Disabled": break
        case "Enabled", "IfPossible":
            if !mount["readOnly"].flag {
                findings.add(view.forbidden("may only be specified when readOnly is true"))
            }
            if mount["mountPropagation"].exists, mount["mountPropagation"].text != "None" {
                findings.add(
                    view.forbidden("may only be specified when mountPropagation is None or not specified"))
            }
        case let other:
            findings.add(.notSupported(view.path.description, other, ["Disabled", "Enabled", "IfPossible"]))
        }
    }

    private func checkDevices(_ devices: [FieldView], _ mounts: [FieldView], _ findings: inout Findings) {
        var (names, paths): (Set<String>, Set<String>) = ([], [])
        for device in devices {
            let (name, path) = (device["name"], device["devicePath"])
            findings.require(name)
            if !names.insert(name.text).inserted { findings.add(name.invalid("must be unique")) }
            if let volume = volumes[name.text] {
                if volume["persistentVolumeClaim"] == nil, volume["ephemeral"] == nil {
                    findings.add(
                        name.invalid(
                            "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode"))
                }
            } else {
                findings.add(name.notFound())
            }
            findings.require(path)
            if !paths.insert(path.text).inserted { findings.add(path.invalid("must be unique")) }
            if path.text.split(separator: "/").contains("..") {
                findings.add(path.invalid("can not contain backsteps ('..')"))
            }
            if mounts.contains(where: { $0["name"].text == name.text }) {
                findings.add(name.invalid("must not already exist in volumeMounts"))
            }
            if mounts.contains(where: { $0["mountPath"].text == path.text }) {
                findings.add(path.invalid("must not already exist as a path in volumeMounts"))
            }
        }
    }
}

/// Paths of files inside of volumes.
enum PathRules {
    /// Whether an absolute path leads to the root, however it is written.
    static func isRoot(_ path: String) -> Bool {
        guard path.hasPrefix("/") else { return false }
        var depth = 0
        for part in path.split(separator: "/") where part != "." { depth = max(0, depth + (part == ".." ? -1 : 1)) }
        return depth == 0
    }

    /// Relative, and never up.
    static func checkDescending(_ path: String, at view: FieldView, _ findings: inout Findings) {
        if path.hasPrefix("/") { findings.add(view.invalid(path, "must be a relative path")) }
        checkBacksteps(path, at: view, &findings)
    }

    static func checkBacksteps(_ path: String, at view: FieldView, _ findings: inout Findings) {
        if path.split(separator: "/").contains("..") { findings.add(view.invalid(path, "must not contain '..'")) }
    }

    /// Relative, never up, and not beginning with two dots, which are the volume's own.
    static func checkFile(_ view: FieldView, _ findings: inout Findings) {
        checkDescending(view.text, at: view, &findings)
        if view.text.hasPrefix(".."), !view.text.hasPrefix("../") {
            findings.add(view.invalid("must not start with '..'"))
        }
    }
}
