internal import LinuxKernel

/// What an image is to be made of.
package struct ImageBlueprint: Sendable {
    /// Where the image's layers come from, lowest first.
    package enum Layer: Sendable {
        /// Files by hand.
        case files([ImageFile])
        /// All that is in a folder of this machine; paths count from there.
        case folder(String)
        /// A layer that another image has, as it is.
        case existing(ImageBlob, diffID: String)
    }

    /// With a tag: `docker.io/library/busybox:latest`.
    package var name: String
    /// Further names of the same image.
    package var aliases: [String] = []
    package var architecture: String
    package var layers: [Layer] = []
    package var config = ImageConfig()

    package init(name: String, architecture: String) {
        self.name = name
        self.architecture = architecture
    }
}

/// A piece of an image that lies in a file of this machine.
package struct ImageBlob: Sendable, Equatable {
    /// `sha256:...`
    package var digest: String
    package var mediaType: String
    package var sizeBytes: Int64
    package var file: String

    package init(digest: String, mediaType: String, sizeBytes: Int64, file: String) {
        self.digest = digest
        self.mediaType = mediaType
        self.sizeBytes = sizeBytes
        self.file = file
    }
}

/// How a container of the image runs unless told otherwise.
package struct ImageConfig: Sendable, Equatable {
    package var entrypoint: [String] = []
    package var command: [String] = []
    package var environment: [String] = []
    package var workingDirectory = ""
    /// Name or number, with `:group` or without.
    package var user = ""
    /// `80/tcp`
    package var exposedPorts: [String] = []
    package var labels: [String: String] = [:]
    package var volumes: [String] = []
    package var stopSignal = ""

    package init() {}
}

/// One entry of a layer. The path counts from the image's root and begins with no slash.
package struct ImageFile: Sendable, Equatable {
    package enum Contents: Sendable, Equatable {
        case bytes([UInt8])
        /// A file of this machine, read when the image is built.
        case copy(String)
        case directory
        case symlink(String)
    }

    package var path: String
    package var contents: Contents
    package var mode: UInt32
    package var user: UInt32
    package var group: UInt32

    package init(
        _ path: String, _ contents: Contents, mode: UInt32 = 0o644, user: UInt32 = 0, group: UInt32 = 0
    ) {
        self.path = path
        self.contents = contents
        self.mode = mode
        self.user = user
        self.group = group
    }
}

/// Why an image could not be built or brought in.
package struct ImageError: Error, Equatable, Sendable, CustomStringConvertible {
    package enum Code: Sendable {
        /// The recipe cannot be understood; the message names the line.
        case badRecipe
        /// An archive or manifest is not what it should be.
        case badArchive
        /// A file could not be read or written.
        case files
        /// containerd's client failed.
        case runtime
    }

    package var code: Code
    package var message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    init(_ error: KernelError) { self.init(.files, error.description) }

    package var description: String { message }
}
