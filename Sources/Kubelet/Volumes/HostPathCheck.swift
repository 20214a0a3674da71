package import APITypes

/// What a hostPath volume demands of its path.
package enum HostPathCheck {
    /// Makes the path where its type says so; throws what is wrong with it.
    package static func prepare(_ source: HostPathVolumeSource) throws {
        let path = source.path
        let kind = HostFiles.kind(path)
        switch source.type ?? "" {
        case "DirectoryOrCreate":
            if kind == nil {
                try HostFiles.makeDirectory(path, mode: 0o755)
            } else {
                try demand(.directory, kind, path)
            }
        case "Directory": try demand(.directory, kind, path)
        case "FileOrCreate":
            if kind == nil { try HostFiles.write(path, [], mode: 0o644) } else { try demand(.file, kind, path) }
        case "File": try demand(.file, kind, path)
        case "Socket": try demand(.socket, kind, path)
        case "CharDevice": try demand(.characterDevice, kind, path)
        case "BlockDevice": try demand(.blockDevice, kind, path)
        default: break
        }
    }

    private static func demand(_ wanted: HostFiles.Kind, _ kind: HostFiles.Kind?, _ path: String) throws {
        guard kind != wanted else { return }
        let name =
            switch wanted {
            case .directory: "a directory"
            case .file: "a file"
            case .socket: "a socket file"
            case .characterDevice: "a character device"
            default: "a block device"
            }
        throw ContainerConfigFailure("hostPath type check failed: \(path) is not \(name)")
    }
}
