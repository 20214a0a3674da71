internal import APIMachinery
internal import ContainerRuntime
package import APITypes
package import Determinism
package import LinuxKernel

/// Makes a pod's volumes on this machine, keeps those up to date that are made of data, and takes them away.
package struct PodVolumes: Sendable {
    /// How volumes of a name become paths. The value that is handed to containers.
    package struct Mounted: Sendable, Equatable {
        package var hostPaths: [String: String] = [:]
    }

    let directories: PodDirectories
    let claims: any VolumeClaimSource
    let mounts: any MountService
    let random: any RandomSource

    package init(
        directories: PodDirectories, claims: any VolumeClaimSource, mounts: any MountService,
        random: any RandomSource
    ) {
        self.directories = directories
        self.claims = claims
        self.mounts = mounts
        self.random = random
    }

    /// Makes or refreshes every volume. Throws ``VolumeFailure`` for the first that cannot be had.
    package func mount(_ pod: Pod, payload: VolumePayload) async throws(VolumeFailure) -> Mounted {
        var mounted = Mounted()
        for volume in pod.spec.volumes {
            do {
                mounted.hostPaths[volume.name] = try await mount(volume, pod, payload)
            } catch {
                throw VolumeFailure(volume: volume.name, message: "\(error)")
            }
        }
        return mounted
    }

    /// Takes everything away: mounts first, then files.
    package func unmount() throws {
        try mounts.unmountAll(below: directories.pod)
        try HostFiles.remove(directories.pod)
    }

    private func mount(_ volume: Volume, _ pod: Pod, _ payload: VolumePayload) async throws -> String {
        let group = (pod.spec.securityContext?.fsGroup).map { UInt32(truncatingIfNeeded: $0) }
        if let hostPath = volume.hostPath {
            try HostPathCheck.prepare(hostPath)
            return hostPath.path
        }
        if let emptyDir = volume.emptyDir { return try emptyDirectory(emptyDir, volume, pod, group) }
        if volume.persistentVolumeClaim != nil || volume.ephemeral != nil {
            let claim = volume.persistentVolumeClaim?.claimName ?? "\(pod.metadata.name)-\(volume.name)"
            return try await claims.path(ofClaim: claim, namespace: pod.metadata.namespace)
        }
        guard let files = try await payload.files(of: volume) else {
            throw ContainerConfigFailure("no volume plugin matched")
        }
        let plugin = Self.plugin(of: volume)
        let path = directories.volume(volume.name, plugin: plugin)
        try HostFiles.makeDirectory(path, mode: 0o755)
        if plugin != "configmap", try !mounts.isMounted(path) {
            try mounts.mount(source: "tmpfs", target: path, type: "tmpfs", MountOptions())
            try HostFiles.setMode(path, 0o755)
        }
        try AtomicDirectory.write(files, to: path, unique: random.nameSuffix(10), group: group)
        return path
    }

    private func emptyDirectory(
        _ source: EmptyDirVolumeSource, _ volume: Volume, _ pod: Pod, _ group: UInt32?
    ) throws -> String {
        let path = directories.volume(volume.name, plugin: "empty-dir")
        let isNew = HostFiles.kind(path) == nil
        try HostFiles.makeDirectory(path, mode: 0o777)
        if source.medium == "Memory", try !mounts.isMounted(path) {
            let limit = source.sizeLimit.map(\.value) ?? ResourcePlan.pod(pod).memoryLimitBytes
            let options = MountOptions(data: limit > 0 ? "size=\(limit)" : "")
            try mounts.mount(source: "tmpfs", target: path, type: "tmpfs", options)
            try HostFiles.setMode(path, 0o777)
        }
        if isNew, let group { try HostFiles.giveToGroup(path, group, readOnly: false) }
        return path
    }

    /// The plugin whose directory holds the volume on this machine; nil for volumes that lie elsewhere.
    static func localPlugin(of volume: Volume) -> String? {
        if volume.emptyDir != nil { return "empty-dir" }
        let isData =
            volume.configMap != nil || volume.secret != nil || volume.projected != nil || volume.downwardAPI != nil
        return isData ? plugin(of: volume) : nil
    }

    private static func plugin(of volume: Volume) -> String {
        if volume.configMap != nil { return "configmap" }
        if volume.secret != nil { return "secret" }
        if volume.downwardAPI != nil { return "downward-api" }
        return "projected"
    }
}

/// Leads from claims to places on this machine.
package protocol VolumeClaimSource: Sendable {
    /// Throws why the claim has no place here (yet).
    func path(ofClaim name: String, namespace: String) async throws -> String
}
