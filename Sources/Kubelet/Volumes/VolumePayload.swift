package import APITypes
internal import APIMachinery

/// Why a volume is not there yet.
package struct VolumeFailure: Error, Equatable, CustomStringConvertible {
    package var volume: String
    package var message: String

    /// As the `FailedMount` event says it.
    package var description: String { "MountVolume.SetUp failed for volume \"\(volume)\" : \(message)" }
}

/// Who issues the tokens that pods carry.
package protocol ServiceAccountTokenSource: Sendable {
    func token(for pod: Pod, audience: String, expirationSeconds: Int64) async throws -> String
}

/// The files of volumes that are made of API objects.
package struct VolumePayload: Sendable {
    package static let defaultMode: Int32 = 0o644

    package let fields: DownwardFields
    package let source: any ConfigurationSource
    package let tokens: any ServiceAccountTokenSource

    package init(
        fields: DownwardFields, source: any ConfigurationSource, tokens: any ServiceAccountTokenSource
    ) {
        self.fields = fields
        self.source = source
        self.tokens = tokens
    }

    private var namespace: String { fields.pod.metadata.namespace }

    /// The files of a configMap, secret, downwardAPI or projected volume; nil for volumes of other kinds.
    package func files(of volume: Volume) async throws -> [String: VolumeFile]? {
        if let map = volume.configMap {
            return try await configMap(
                map.name, map.items, isOptional: map.optional ?? false, mode: map.defaultMode ?? Self.defaultMode)
        }
        if let secret = volume.secret {
            return try await self.secret(
                secret.secretName, secret.items, isOptional: secret.optional ?? false,
                mode: secret.defaultMode ?? Self.defaultMode)
        }
        if let downward = volume.downwardAPI {
            return try self.downward(downward.items, mode: downward.defaultMode ?? Self.defaultMode)
        }
        guard let projected = volume.projected else { return nil }
        var files: [String: VolumeFile] = [:]
        for part in projected.sources {
            let more = try await self.projected(part, mode: projected.defaultMode ?? Self.defaultMode)
            files.merge(more) { $1 }
        }
        return files
    }

    private func projected(_ part: VolumeProjection, mode: Int32) async throws -> [String: VolumeFile] {
        if let map = part.configMap {
            return try await configMap(map.name, map.items, isOptional: map.optional ?? false, mode: mode)
        }
        if let secret = part.secret {
            return try await self.secret(secret.name, secret.items, isOptional: secret.optional ?? false, mode: mode)
        }
        if let downward = part.downwardAPI { return try self.downward(downward.items, mode: mode) }
        if let token = part.serviceAccountToken {
            let text = try await tokens.token(
                for: fields.pod, audience: token.audience, expirationSeconds: token.expirationSeconds ?? 3600)
            return [token.path: tokenFile(text, mode: mode)]
        }
        throw ContainerConfigFailure("this kind of projection is not supported")
    }

    /// Tokens are for the pod's users alone where it is known who they are.
    private func tokenFile(_ text: String, mode: Int32) -> VolumeFile {
        let shared = fields.pod.spec.securityContext
        if shared?.fsGroup != nil { return VolumeFile(bytes: Array(text.utf8), mode: 0o640) }
        let users = Set(fields.pod.allContainers.map { $0.securityContext?.runAsUser ?? shared?.runAsUser })
        if users.count == 1, let user = users.first.flatMap({ $0 }) {
            return VolumeFile(bytes: Array(text.utf8), mode: 0o600, owner: UInt32(truncatingIfNeeded: user))
        }
        return VolumeFile(bytes: Array(text.utf8), mode: UInt32(mode))
    }

    private func configMap(
        _ name: String, _ items: [KeyToPath], isOptional: Bool, mode: Int32
    ) async throws -> [String: VolumeFile] {
        guard let map = try await source.configMap(name, namespace: namespace) else {
            if isOptional { return [:] }
            throw ContainerConfigFailure("configmap \"\(name)\" not found")
        }
        let data = map.data.mapValues { Array($0.utf8) }.merging(map.binaryData) { $1 }
        return try select(data, items, isOptional: isOptional, mode: mode) {
            "configmap references non-existent config key: \($0)"
        }
    }

    private func secret(
        _ name: String, _ items: [KeyToPath], isOptional: Bool, mode: Int32
    ) async throws -> [String: VolumeFile] {
        guard let secret = try await source.secret(name, namespace: namespace) else {
            if isOptional { return [:] }
            throw ContainerConfigFailure("secret \"\(name)\" not found")
        }
        return try select(secret.data, items, isOptional: isOptional, mode: mode) {
            "references non-existent secret key: \($0)"
        }
    }

    private func select(
        _ data: [String: [UInt8]], _ items: [KeyToPath], isOptional: Bool, mode: Int32, missing: (String) -> String
    ) throws -> [String: VolumeFile] {
        guard !items.isEmpty else { return data.mapValues { VolumeFile(bytes: $0, mode: UInt32(mode)) } }
        var files: [String: VolumeFile] = [:]
        for item in items {
            guard let bytes = data[item.key] else {
                if isOptional { continue }
                throw ContainerConfigFailure(missing(item.key))
            }
            files[item.path] = VolumeFile(bytes: bytes, mode: UInt32(item.mode ?? mode))
        }
        return files
    }

    private func downward(_ items: [DownwardAPIVolumeFile], mode: Int32) throws -> [String: VolumeFile] {
        var files: [String: VolumeFile] = [:]
        for item in items {
            var text = ""
            if let field = item.fieldRef {
                text = try fields.value(of: field.fieldPath)
            } else if let resource = item.resourceFieldRef {
                guard let container = fields.pod.container(named: resource.containerName) else {
                    throw ContainerConfigFailure("container \(resource.containerName) not found")
                }
                text = try fields.value(of: resource, in: container)
            }
            files[item.path] = VolumeFile(bytes: Array(text.utf8), mode: UInt32(item.mode ?? mode))
        }
        return files
    }
}
