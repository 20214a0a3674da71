/// A program to start.
package struct ProcessSpec: Sendable, Equatable {
    /// The whole path of the program.
    package var path: String
    /// Without the program's own name.
    package var arguments: [String]
    /// nil hands down our own environment.
    package var environment: [String: String]?
    package var directory: String?
    /// A file such as `/run/netns/x`; nil leaves the child in our network namespace.
    package var networkNamespace: String?
    /// A file such as `/proc/42/ns/mnt`; the program's path counts inside it.
    package var mountNamespace: String?
    /// A session of its own: signals of our terminal do not reach it, and it may outlive us.
    package var newSession: Bool

    package init(
        _ path: String, _ arguments: [String] = [], environment: [String: String]? = nil, directory: String? = nil,
        networkNamespace: String? = nil, mountNamespace: String? = nil, newSession: Bool = false
    ) {
        self.path = path
        self.arguments = arguments
        self.environment = environment
        self.directory = directory
        self.networkNamespace = networkNamespace
        self.mountNamespace = mountNamespace
        self.newSession = newSession
    }
}

/// How a process ended.
package enum ExitStatus: Sendable, Equatable {
    case exited(Int32)
    case killed(signal: Int32)
    /// It was no child of ours, so the kernel told somebody else.
    case unknown

    package var isSuccess: Bool { self == .exited(0) }

    /// The code a shell would show: 128 and more for signals.
    package var code: Int32 {
        switch self {
        case .exited(let code): code
        case .killed(let signal): 128 + signal
        case .unknown: 255
        }
    }
}

/// What a program that ran to its end left behind.
package struct ProcessResult: Sendable, Equatable {
    package var status: ExitStatus
    package var output: [UInt8]
    package var errors: [UInt8]
    /// True when it was killed because its time was up.
    package var timedOut: Bool

    package init(status: ExitStatus, output: [UInt8] = [], errors: [UInt8] = [], timedOut: Bool = false) {
        self.status = status
        self.output = output
        self.errors = errors
        self.timedOut = timedOut
    }

    package var outputText: String { String(decoding: output, as: UTF8.self) }
    package var errorText: String { String(decoding: errors, as: UTF8.self) }
}
