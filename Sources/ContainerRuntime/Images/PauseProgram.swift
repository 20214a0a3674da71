internal import APIMachinery
internal import LinuxKernel

/// The program that every pod's sandbox runs, carried inside this one (see Sources/pause).
package enum PauseProgram {
    package static let imageName = "apus.local/pause:1"

    /// The image's contents for this machine's processor; nil for a processor that it was never built for.
    package static func imageSpec(architecture: String = MachineName.read().architecture) -> ImageBlueprint? {
        let text: String
        switch architecture {
        case "amd64": text = amd64
        case "arm64": text = arm64
        default: return nil
        }
        guard let program = Base64.decode(Array(text.utf8.filter { $0 != UInt8(ascii: "\n") })) else { return nil }
        var blueprint = ImageBlueprint(name: imageName, architecture: architecture)
        blueprint.layers = [.files([ImageFile("pause", .bytes(program), mode: 0o755)])]
        blueprint.config.entrypoint = ["/pause"]
        blueprint.config.user = "65535:65535"
        return blueprint
    }
}
