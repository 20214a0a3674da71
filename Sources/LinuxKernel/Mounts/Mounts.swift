internal import CLinux
internal import Glibc

/// How a mount is made.
package struct MountOptions: Sendable, Equatable {
    package enum Propagation: Sendable { case `private`, slave, shared }

    package var readOnly: Bool
    package var noExec: Bool
    package var noSUID: Bool
    package var noDevices: Bool
    /// For bind mounts: take along what is mounted below.
    package var recursive: Bool
    package var propagation: Propagation?
    /// The file system's own options, such as `size=64m`.
    package var data: String

    package init(
        readOnly: Bool = false, noExec: Bool = false, noSUID: Bool = false, noDevices: Bool = false,
        recursive: Bool = false, propagation: Propagation? = nil, data: String = ""
    ) {
        self.readOnly = readOnly
        self.noExec = noExec
        self.noSUID = noSUID
        self.noDevices = noDevices
        self.recursive = recursive
        self.propagation = propagation
        self.data = data
    }
}

/// One line of the mount table.
package struct MountPoint: Sendable, Equatable {
    package var source: String
    package var target: String
    package var type: String
    package var options: [String]

    package init(source: String, target: String, type: String, options: [String] = []) {
        self.source = source
        self.target = target
        self.type = type
        self.options = options
    }
}

/// Mounting and unmounting. Implementations: ``SystemMounts`` and ``FakeMounts``.
package protocol MountService: Sendable {
    func mount(source: String, target: String, type: String, _ options: MountOptions) throws(KernelError)

    /// Shows a file or folder in a second place.
    func bind(source: String, target: String, _ options: MountOptions) throws(KernelError)

    /// Unmounts, at once or (`lazily`) when the last user is gone. What is not mounted is no error.
    func unmount(_ target: String, lazily: Bool) throws(KernelError)

    /// All mounts of this mount namespace, in the order in which they were made.
    func list() throws(KernelError) -> [MountPoint]
}

extension MountService {
    /// Whether something is mounted exactly here.
    package func isMounted(_ target: String) throws(KernelError) -> Bool {
        try list().contains { $0.target == target }
    }

    /// Unmounts all that is mounted at or below `directory`, the last first.
    package func unmountAll(below directory: String) throws(KernelError) {
        for point in try list().reversed()
        where point.target == directory || point.target.hasPrefix("\(directory)/") {
            try unmount(point.target, lazily: true)
        }
    }
}

/// The kernel's mounts.
package struct SystemMounts: MountService {
    package init() {}

    package func mount(
        source: String, target: String, type: String, _ options: MountOptions
    ) throws(KernelError) {
        try call(source, target, type, options.flags, options.data)
        try propagate(target, options)
    }

    package func bind(source: String, target: String, _ options: MountOptions) throws(KernelError) {
        let recursive = options.recursive ? UInt(MS_REC) : 0
        try call(source, target, "none", UInt(MS_BIND) | recursive, "")
        try propagate(target, options)
        guard options.flags != 0 else { return }
        // Flags of a bind mount only count when it is mounted anew.
        do throws(KernelError) {
            try call(source, target, "none", UInt(MS_BIND) | UInt(MS_REMOUNT) | options.flags, "")
        } catch {
            try unmount(target, lazily: true)
            throw error
        }
    }

    package func unmount(_ target: String, lazily: Bool) throws(KernelError) {
        let flags = Int32(UMOUNT_NOFOLLOW) | (lazily ? Int32(MNT_DETACH) : 0)
        guard umount2(target, flags) == 0 || errno == EINVAL || errno == ENOENT else {
            throw .last("unmount", target)
        }
    }

    package func list() throws(KernelError) -> [MountPoint] {
        MountTable.parse(try Files.text("/proc/self/mounts"))
    }

    private func propagate(_ target: String, _ options: MountOptions) throws(KernelError) {
        guard let propagation = options.propagation else { return }
        let kind: UInt =
            switch propagation {
            case .private: UInt(MS_PRIVATE)
            case .slave: UInt(MS_SLAVE)
            case .shared: UInt(MS_SHARED)
            }
        try call("none", target, "none", kind | (options.recursive ? UInt(MS_REC) : 0), "")
    }

    private func call(
        _ source: String, _ target: String, _ type: String, _ flags: UInt, _ data: String
    ) throws(KernelError) {
        guard CLinux.mount(source, target, type, flags, data) == 0 else { throw .last("mount", target) }
    }
}

extension MountOptions {
    fileprivate var flags: UInt {
        (readOnly ? UInt(MS_RDONLY) : 0) | (noExec ? UInt(MS_NOEXEC) : 0) | (noSUID ? UInt(MS_NOSUID) : 0)
            | (noDevices ? UInt(MS_NODEV) : 0)
    }
}

/// Reads the form of /proc/self/mounts.
package enum MountTable {
    package static func parse(_ text: String) -> [MountPoint] {
        text.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ")
            guard fields.count >= 4 else { return nil }
            return MountPoint(
                source: unescaped(fields[0]), target: unescaped(fields[1]), type: String(fields[2]),
                options: fields[3].split(separator: ",").map(String.init))
        }
    }

    /// Blanks and backslashes are written as three octal digits: `\040`.
    private static func unescaped(_ field: Substring) -> String {
        guard field.utf8.contains(UInt8(ascii: "\\")) else { return String(field) }
        var bytes: [UInt8] = []
        var rest = Array(field.utf8)[...]
        while let byte = rest.popFirst() {
            let digits = rest.prefix(3)
            if byte == UInt8(ascii: "\\"), digits.count == 3,
                let code = UInt8(String(decoding: digits, as: UTF8.self), radix: 8)
            {
                bytes.append(code)
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
