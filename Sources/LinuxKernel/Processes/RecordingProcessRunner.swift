internal import Synchronization

/// Runs nothing: remembers what it was asked to run, and answers as it was told.
package final class RecordingProcessRunner: ProcessRunner {
    package struct Run: Sendable, Equatable {
        package var spec: ProcessSpec
        package var input: [UInt8]
    }

    private struct State {
        var runs: [Run] = []
        var answer: @Sendable (ProcessSpec) -> ProcessResult = { _ in ProcessResult(status: .exited(0)) }
    }

    private let state = Mutex(State())

    package init() {}

    package var runs: [Run] { state.withLock { $0.runs } }

    package func onRun(_ answer: @escaping @Sendable (ProcessSpec) -> ProcessResult) {
        state.withLock { $0.answer = answer }
    }

    package func run(
        _ spec: ProcessSpec, input: [UInt8], timeout: Duration?
    ) async throws(KernelError) -> ProcessResult {
        let answer = state.withLock { state in
            state.runs.append(Run(spec: spec, input: input))
            return state.answer
        }
        return answer(spec)
    }
}
