/// An image on this machine.
package struct RuntimeImage: Sendable, Equatable {
    /// `sha256:` and the digest of its configuration.
    package var id: String
    /// Names with tags.
    package var tags: [String]
    /// Names with digests.
    package var digests: [String]
    package var sizeBytes: UInt64
    /// The user that the image runs as: a number, a name, or neither.
    package var uid: Int64?
    package var userName: String
    /// True when no garbage collection may take it.
    package var pinned: Bool

    package init(
        id: String, tags: [String], digests: [String] = [], sizeBytes: UInt64 = 0, uid: Int64? = nil,
        userName: String = "", pinned: Bool = false
    ) {
        self.id = id
        self.tags = tags
        self.digests = digests
        self.sizeBytes = sizeBytes
        self.uid = uid
        self.userName = userName
        self.pinned = pinned
    }
}

/// What a registry wants to see before it hands out an image.
package struct RegistryCredentials: Sendable, Equatable {
    package var username = ""
    package var password = ""
    /// `username:password` in base64, as in a docker configuration.
    package var auth = ""
    package var serverAddress = ""
    package var identityToken = ""
    package var registryToken = ""

    package init() {}
}
