/// One file of a volume that is made of data.
package struct VolumeFile: Sendable, Equatable {
    package var bytes: [UInt8]
    package var mode: UInt32
    /// The user who owns the file; nil for root.
    package var owner: UInt32?

    package init(bytes: [UInt8], mode: UInt32, owner: UInt32? = nil) {
        self.bytes = bytes
        self.mode = mode
        self.owner = owner
    }
}

/// A directory whose files change all at once: readers see the old set or the new one, never a mixture.
///
/// Files live in `..<unique>`, the link `..data` points there, and each visible name is a link through `..data`;
/// replacing `..data` by rename is the moment of change. Upstream's layout, which programs know.
package enum AtomicDirectory {
    static let link = "..data"
    static let newLink = "..data_tmp"

    /// Makes the directory show exactly `files` (relative paths). Returns false when it did already.
    /// - Parameter unique: A name that was not used here before.
    @discardableResult
    package static func write(
        _ files: [String: VolumeFile], to directory: String, unique: String, group: UInt32? = nil
    ) throws(HostFileError) -> Bool {
        let current = HostFiles.linkTarget("\(directory)/\(link)")
        if let current, try isSame(files, "\(directory)/\(current)") { return false }
        let fresh = "..\(unique)"
        let target = "\(directory)/\(fresh)"
        try HostFiles.makeDirectory(target)
        for (path, file) in files {
            let whole = "\(target)/\(path)"
            if let slash = path.lastIndex(of: "/") { try HostFiles.makeDirectory("\(target)/\(path[..<slash])") }
            try HostFiles.write(whole, file.bytes, mode: file.mode)
            if let owner = file.owner { try HostFiles.giveToUser(whole, owner) }
        }
        if let group { try HostFiles.giveToGroup(target, group, readOnly: true) }
        try HostFiles.remove("\(directory)/\(newLink)")
        try HostFiles.makeLink("\(directory)/\(newLink)", to: fresh)
        try HostFiles.rename("\(directory)/\(newLink)", to: "\(directory)/\(link)")
        try showNames(of: files, in: directory)
        if let current { try HostFiles.remove("\(directory)/\(current)") }
        return true
    }

    private static func showNames(of files: [String: VolumeFile], in directory: String) throws(HostFileError) {
        let visible = Set(files.keys.map { String($0.prefix { $0 != "/" }) })
        for name in visible where HostFiles.kind("\(directory)/\(name)", followLinks: false) == nil {
            try HostFiles.makeLink("\(directory)/\(name)", to: "\(link)/\(name)")
        }
        for name in HostFiles.names(in: directory) where !name.hasPrefix("..") && !visible.contains(name) {
            try HostFiles.remove("\(directory)/\(name)")
        }
    }

    private static func isSame(_ files: [String: VolumeFile], _ directory: String) throws(HostFileError) -> Bool {
        guard paths(in: directory, prefix: "") == files.keys.sorted() else { return false }
        for (path, file) in files {
            guard try HostFiles.read("\(directory)/\(path)", max: file.bytes.count + 1) == file.bytes else {
                return false
            }
        }
        return true
    }

    private static func paths(in directory: String, prefix: String) -> [String] {
        HostFiles.names(in: directory).flatMap { name -> [String] in
            let whole = "\(directory)/\(name)"
            return HostFiles.kind(whole, followLinks: false) == .directory
                ? paths(in: whole, prefix: "\(prefix)\(name)/") : ["\(prefix)\(name)"]
        }.sorted()
    }
}
