package import APIClient
internal import APIMachinery
internal import APITypes

/// Persistent volumes that are directories of this machine.
package struct VolumeClaims: VolumeClaimSource {
    package let client: APIClient

    package init(client: APIClient) { self.client = client }

    package func path(ofClaim name: String, namespace: String) async throws -> String {
        guard let claim = try await client.getIfPresent(PersistentVolumeClaim.self, name, namespace: namespace) else {
            throw ContainerConfigFailure("persistentvolumeclaim \"\(name)\" not found")
        }
        guard claim.status.phase == "Bound", !claim.spec.volumeName.isEmpty else {
            throw ContainerConfigFailure("PVC \(namespace)/\(name) is not bound")
        }
        let volume = try await client.get(PersistentVolume.self, claim.spec.volumeName)
        if let hostPath = volume.spec.hostPath {
            try HostPathCheck.prepare(hostPath)
            return hostPath.path
        }
        if let local = volume.spec.local {
            guard HostFiles.kind(local.path) != nil else {
                throw ContainerConfigFailure("path \"\(local.path)\" does not exist")
            }
            return local.path
        }
        throw ContainerConfigFailure("no volume plugin matched")
    }
}
