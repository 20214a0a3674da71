/// The name of an image as people write it.
package struct ImageReference: Sendable, Equatable {
    /// The registry as written, or docker.io.
    package var registry: String
    /// `library/nginx`
    package var repository: String
    /// What to ask the runtime for: as written, with `:latest` where neither tag nor digest was given.
    package var pullName: String
    /// How the runtime calls it: `docker.io/library/nginx:latest`; without a digest.
    package var fullName: String

    /// nil when this can be no image's name.
    package init?(_ text: String) {
        var rest = Substring(text)
        var digest: Substring?
        if let at = rest.firstIndex(of: "@") {
            digest = rest[rest.index(after: at)...]
            rest = rest[..<at]
            guard let digest, digest.contains(":"), digest.count > 10 else { return nil }
        }
        var tag: Substring?
        if let colon = rest.lastIndex(of: ":"), !rest[colon...].contains("/") {
            tag = rest[rest.index(after: colon)...]
            rest = rest[..<colon]
            guard let tag, !tag.isEmpty, tag.count <= 128, tag.utf8.allSatisfy(Self.isTagByte) else { return nil }
        }
        var parts = rest.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        registry = "docker.io"
        if parts.count > 1, parts[0].contains(".") || parts[0].contains(":") || parts[0] == "localhost" {
            registry = parts.removeFirst()
        }
        guard !parts.isEmpty, parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(Self.isPathByte) }) else {
            return nil
        }
        guard
            parts.allSatisfy({
                $0.utf8.first.map(Self.isAlphanumeric) ?? false && $0.utf8.last.map(Self.isAlphanumeric) ?? false
            })
        else { return nil }
        if registry == "docker.io", parts.count == 1 { parts.insert("library", at: 0) }
        repository = parts.joined(separator: "/")
        pullName = tag == nil && digest == nil ? text + ":latest" : text
        fullName = "\(registry)/\(repository):\(tag ?? "latest")"
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x7a).contains(byte)
    }

    private static func isPathByte(_ byte: UInt8) -> Bool {
        isAlphanumeric(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".")
    }

    private static func isTagByte(_ byte: UInt8) -> Bool { isPathByte(byte) || (0x41...0x5a).contains(byte) }
}
