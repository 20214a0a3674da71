internal import Glibc

/// This machine's name and what it is.
package struct MachineName: Sendable, Equatable {
    package var host: String
    /// `6.1.0-18-amd64`
    package var kernelRelease: String
    /// `amd64`, `arm64`: as Kubernetes writes them.
    package var architecture: String

    package static func read() -> MachineName {
        var names = utsname()
        uname(&names)
        return MachineName(
            host: text(&names.nodename), kernelRelease: text(&names.release),
            architecture: architectureName(text(&names.machine)))
    }

    /// The Go name of a machine that the kernel names otherwise.
    static func architectureName(_ machine: String) -> String {
        switch machine {
        case "x86_64": "amd64"
        case "aarch64": "arm64"
        case "armv7l", "armv6l": "arm"
        case "i686", "i386": "386"
        default: machine
        }
    }

    private static func text<Field>(_ field: inout Field) -> String {
        withUnsafeBytes(of: &field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}
