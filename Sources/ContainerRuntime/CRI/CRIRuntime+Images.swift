internal import CRIProtocol
internal import Determinism

extension CRIRuntime {
    package func listImages() async throws(RuntimeServiceError) -> [RuntimeImage] {
        let answer: Runtime_V1_ListImagesResponse = try await call(
            .image, "ListImages", Runtime_V1_ListImagesRequest())
        return answer.images.map { RuntimeImage($0) }
    }

    package func imageStatus(_ reference: String) async throws(RuntimeServiceError) -> RuntimeImage? {
        var request = Runtime_V1_ImageStatusRequest()
        request.image.image = reference
        let answer: Runtime_V1_ImageStatusResponse = try await call(.image, "ImageStatus", request)
        return answer.hasImage ? RuntimeImage(answer.image) : nil
    }

    package func pullImage(
        _ reference: String, credentials: RegistryCredentials?
    ) async throws(RuntimeServiceError) -> String {
        var request = Runtime_V1_PullImageRequest()
        request.image.image = reference
        if let credentials { request.auth = Runtime_V1_AuthConfig(credentials) }
        // A pull takes as long as the network does; whoever waits may cancel.
        let answer: Runtime_V1_PullImageResponse = try await call(.image, "PullImage", request, timeout: nil)
        return answer.imageRef
    }

    package func removeImage(_ reference: String) async throws(RuntimeServiceError) {
        var request = Runtime_V1_RemoveImageRequest()
        request.image.image = reference
        _ = try await call(.image, "RemoveImage", request, returning: Runtime_V1_RemoveImageResponse.self)
    }

    package func imageFilesystems() async throws(RuntimeServiceError) -> [FilesystemUsage] {
        let answer: Runtime_V1_ImageFsInfoResponse = try await call(
            .image, "ImageFsInfo", Runtime_V1_ImageFsInfoRequest())
        return answer.imageFilesystems.map { FilesystemUsage($0) }
    }
}

extension RuntimeImage {
    init(_ image: Runtime_V1_Image) {
        self.init(
            id: image.id, tags: image.repoTags, digests: image.repoDigests, sizeBytes: image.size,
            uid: image.hasUid ? image.uid.value : nil, userName: image.username, pinned: image.pinned)
    }
}

extension Runtime_V1_AuthConfig {
    fileprivate init(_ credentials: RegistryCredentials) {
        self.init()
        username = credentials.username
        password = credentials.password
        auth = credentials.auth
        serverAddress = credentials.serverAddress
        identityToken = credentials.identityToken
        registryToken = credentials.registryToken
    }
}
