/// Small tools of the system such as `nft` and `ip`, run to their end, by name, in one network namespace.
package struct SystemTools: Sendable {
    /// A tool that takes longer is killed.
    package static let timeout = Duration.seconds(30)
    /// Where tools are looked for, in this order.
    private static let folders = ["/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/local/sbin", "/usr/local/bin"]

    private let runner: any ProcessRunner
    /// A file such as `/run/netns/x`; `nil` is our own namespace.
    package let networkNamespace: String?

    package init(runner: any ProcessRunner = SystemProcessRunner(), networkNamespace: String? = nil) {
        self.runner = runner
        self.networkNamespace = networkNamespace
    }

    /// Runs the tool and returns what it left, whatever its status. Throws when it could not be run in time.
    package func run(
        _ name: String, _ arguments: [String], input: String = ""
    ) async throws(ToolError) -> ProcessResult {
        let path = Self.folders.map { "\($0)/\(name)" }.first(where: Files.isExecutable) ?? name
        let spec = ProcessSpec(path, arguments, networkNamespace: networkNamespace)
        let result: ProcessResult
        do throws(KernelError) {
            result = try await runner.run(spec, input: Array(input.utf8), timeout: Self.timeout)
        } catch {
            throw ToolError(.notRun, "\(name): \(error)")
        }
        guard !result.timedOut else { throw ToolError(.timedOut, "\(name): not finished within \(Self.timeout)") }
        return result
    }

    /// Runs the tool and throws unless it succeeds. Returns what it wrote.
    @discardableResult
    package func succeed(
        _ name: String, _ arguments: [String], input: String = ""
    ) async throws(ToolError) -> String {
        let result = try await run(name, arguments, input: input)
        guard result.status.isSuccess else {
            throw ToolError(.failed(result.status.code), "\(name): \(result.errorText)")
        }
        return result.outputText
    }
}

/// Why a tool did not do its work.
package struct ToolError: Error, Equatable, CustomStringConvertible {
    package enum Code: Sendable, Equatable {
        /// The tool is not there, or the kernel has no room for it.
        case notRun
        /// The tool ran too long and was killed.
        case timedOut
        /// The tool ended with this status.
        case failed(Int32)
    }

    package var code: Code
    package var message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }
}
