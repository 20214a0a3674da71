internal import Glibc
internal import Synchronization

/// A mount table that nobody but a test sees.
package final class FakeMounts: MountService {
    private struct State {
        var points: [MountPoint] = []
        var failure: KernelError?
    }

    private let state = Mutex(State())

    package init() {}

    /// Lets the next change fail.
    package func failNext(_ error: KernelError) { state.withLock { $0.failure = error } }

    package func mount(
        source: String, target: String, type: String, _ options: MountOptions
    ) throws(KernelError) {
        try add(MountPoint(source: source, target: target, type: type, options: options.words))
    }

    package func bind(source: String, target: String, _ options: MountOptions) throws(KernelError) {
        try add(MountPoint(source: source, target: target, type: "none", options: ["bind"] + options.words))
    }

    package func unmount(_ target: String, lazily: Bool) throws(KernelError) {
        state.withLock { state in
            if let index = state.points.lastIndex(where: { $0.target == target }) { state.points.remove(at: index) }
        }
    }

    package func list() throws(KernelError) -> [MountPoint] { state.withLock { $0.points } }

    private func add(_ point: MountPoint) throws(KernelError) {
        let failure = state.withLock { state -> KernelError? in
            defer { state.failure = nil }
            if state.failure == nil { state.points.append(point) }
            return state.failure
        }
        if let failure { throw failure }
    }
}

extension MountOptions {
    fileprivate var words: [String] {
        [readOnly ? "ro" : "rw"] + (noExec ? ["noexec"] : []) + (noSUID ? ["nosuid"] : [])
            + (noDevices ? ["nodev"] : []) + (data.isEmpty ? [] : [data])
    }
}
