package import APITypes

/// Tells whether a running container is still the one that the pod asks for.
///
/// Only name and image count, because nothing else of a container may change while it runs.
package enum ContainerHash {
    package static func of(_ container: Container) -> String {
        var hash: UInt32 = 2_166_136_261
        for byte in "\(container.name)\u{0}\(container.image)".utf8 {
            hash ^= UInt32(byte)
            hash = hash &* 16_777_619
        }
        return String(hash, radix: 16)
    }
}
