package import APITypes
package import ContainerRuntime
package import LinuxKernel

/// Which files of the host a container sees, and where.
package struct MountPlan: Sendable {
    package let pod: Pod
    package let container: Container
    package let directories: PodDirectories
    /// Volume names to paths of the host.
    package let volumes: [String: String]
    package let variables: [ContainerVariable]

    package init(
        pod: Pod, container: Container, directories: PodDirectories, volumes: [String: String],
        variables: [ContainerVariable]
    ) {
        self.pod = pod
        self.container = container
        self.directories = directories
        self.volumes = volumes
        self.variables = variables
    }

    /// The mounts of volumes; those of parts are held fast on the way.
    package func mounts(with service: any MountService) throws -> [ContainerMount] {
        var mounts: [ContainerMount] = []
        for (index, mount) in container.volumeMounts.enumerated() {
            guard let volume = volumes[mount.name] else {
                throw ContainerConfigFailure(
                    "cannot find volume \"\(mount.name)\" to mount into container \"\(container.name)\"")
            }
            if mount.recursiveReadOnly == "Enabled" {
                throw ContainerConfigFailure(
                    "failed to resolve recursive read-only mode: volume \"\(mount.name)\" requested recursive "
                        + "read-only mode, but it is not supported by the runtime")
            }
            var hostPath = volume
            let part = try relativePath(mount)
            if !part.isEmpty {
                hostPath = directories.subPath(volume: mount.name, container: container.name, index: index)
                do {
                    try SubPath.bind(volume: volume, relative: part, to: hostPath, mounts: service)
                } catch {
                    throw ContainerConfigFailure(
                        "failed to prepare subPath for volumeMount \"\(mount.name)\" of container "
                            + "\"\(container.name)\": \(error)"
                    )
                }
            }
            mounts.append(
                ContainerMount(
                    containerPath: mount.mountPath.hasPrefix("/") ? mount.mountPath : "/\(mount.mountPath)",
                    hostPath: hostPath, readOnly: mount.readOnly || isReadOnlySource(mount.name),
                    propagation: propagation(mount)))
        }
        return mounts
    }

    private func relativePath(_ mount: VolumeMount) throws -> String {
        guard !mount.subPathExpr.isEmpty else { return mount.subPath }
        let values = Dictionary(variables.map { ($0.name, $0.value) }) { $1 }
        let (path, missing) = VariableExpansion.expandStrictly(mount.subPathExpr) { values[$0] }
        if let first = missing.first { throw ContainerConfigFailure("missing value for \"\(first)\"") }
        guard !path.hasPrefix("/") else {
            throw ContainerConfigFailure("error SubPath `\(path)` must not be an absolute path")
        }
        return path
    }

    /// Volumes made of data may not be written to.
    private func isReadOnlySource(_ name: String) -> Bool {
        guard let volume = pod.spec.volumes.first(where: { $0.name == name }) else { return false }
        if let claim = volume.persistentVolumeClaim { return claim.readOnly }
        return volume.configMap != nil || volume.secret != nil || volume.projected != nil || volume.downwardAPI != nil
    }

    private func propagation(_ mount: VolumeMount) -> ContainerMount.Propagation {
        switch mount.mountPropagation {
        case "HostToContainer": .hostToContainer
        case "Bidirectional": .bidirectional
        default: .none
        }
    }
}
