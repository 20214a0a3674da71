internal import ContainerRuntime
internal import LinuxKernel

/// The images that a node has without a registry: built on the machine, once.
struct LocalImages: Sendable {
    let process: ContainerdProcess
    let runtime: CRIRuntime
    let scratch: String

    /// What every pod needs first.
    func ensurePause() async throws {
        guard let blueprint = PauseProgram.imageSpec() else {
            throw AssemblyError("there is no pause program for this machine's architecture")
        }
        try await ensure(blueprint, PauseProgram.imageName)
    }

    /// Something to run on a machine without a network.
    func ensureBusybox() async throws {
        guard Files.exists(BusyboxImage.program) else { return }
        if try await runtime.imageStatus(BusyboxImage.name) != nil { return }
        let applets = try await BusyboxImage.applets()
        try await process.archives().build(BusyboxImage.blueprint(applets: applets), scratch: scratch)
    }

    private func ensure(_ blueprint: ImageBlueprint, _ name: String) async throws {
        if try await runtime.imageStatus(name) != nil { return }
        try await process.archives().build(blueprint, scratch: scratch)
    }
}
