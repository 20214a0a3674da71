internal import ClusterPKI
internal import KubeAPIServer

/// Files that say how the API server works.
enum ConfigurationFile {
    /// Reads one; errors say which it is, as upstream words them.
    static func read<Content>(
        _ path: String, _ purpose: String, _ decode: (_ bytes: [UInt8]) throws(ConfigurationError) -> Content
    ) throws -> Content {
        let bytes = try bytes(path, purpose)
        do throws(ConfigurationError) { return try decode(bytes) } catch {
            throw AssemblyError("\(purpose)\(error.message): from file \(path)")
        }
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
