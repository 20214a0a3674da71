internal import ClusterPKI
internal import KubeAPIServer
internal import LinuxKernel

/// Files that say how the API server works.
enum ConfigurationFile {
    /// Reads one; errors say which it is, as upstream words them.
    static func read<Content>(
        _ path: String, _ purpose: String, _ decode: (_ bytes: [UInt8]) throws(ConfigurationError) -> Content
    ) throws -> Content {
        try decoded(try bytes(path, purpose), path, purpose, decode)
    }

    /// The same of bytes that were read already.
    static func decoded<Content>(
        _ bytes: [UInt8], _ path: String, _ purpose: String,
        _ decode: (_ bytes: [UInt8]) throws(ConfigurationError) -> Content
    ) throws -> Content {
        do throws(ConfigurationError) { return try decode(bytes) } catch {
            throw AssemblyError("\(purpose)\(error.message): from file \(path)")
        }
    }

    /// A file that is read again when something changes in its folder: mounted files change by a link beside them.
    static func followed<Content: Sendable>(
        _ path: String, _ purpose: String, initial: [UInt8],
        _ decode: @escaping @Sendable ([UInt8]) throws -> Content
    ) -> FollowedFile<Content> {
        let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        return FollowedFile(
            path: path, initial: initial, read: { try bytes(path, purpose) }, decode: decode,
            changes: {
                let names = try FileWatch.changes(in: folder)
                let (stream, continuation) = AsyncStream.makeStream(
                    of: Void.self, bufferingPolicy: .bufferingNewest(1))
                let forwarding = Task {
                    for await _ in names { continuation.yield() }
                    continuation.finish()
                }
                continuation.onTermination = { _ in forwarding.cancel() }
                return stream
            })
    }

    static func bytes(_ path: String, _ purpose: String) throws -> [UInt8] {
        let found: [UInt8]?
        do { found = try SecretFile.read(path) } catch {
            throw AssemblyError("\(purpose)failed to read file path \"\(path)\": \(error)")
        }
        guard let found else {
            throw AssemblyError(
                "\(purpose)failed to read file path \"\(path)\": open \(path): no such file or directory")
        }
        return found
    }
}

/// The command line that another process needs to be told the same.
struct OptionArguments {
    private(set) var all: [String] = []

    /// Nothing is what an option without a value says.
    mutating func add(_ name: String, _ value: String?) {
        if let value, !value.isEmpty { all.append("\(name)=\(value)") }
    }

    mutating func add(_ name: String, _ values: [String]) { for value in values { add(name, value) } }
    mutating func add(_ name: String, _ value: Int) { add(name, String(value)) }
    mutating func add(_ name: String, _ flag: Bool) { if flag { all.append(name) } }
}
