internal import FuzzTargets
internal import Glibc

/// `fuzz list`, `fuzz examples TARGET FOLDER`, or `fuzz TARGET` with libFuzzer's own arguments.
@main
struct Fuzz {
    static func main() {
        var arguments = Array(CommandLine.arguments.dropFirst())
        if arguments.first == "list" { return FuzzTarget.all.forEach { print($0.name) } }
        let wantsExamples = arguments.first == "examples"
        if wantsExamples { arguments.removeFirst() }
        guard let target = FuzzTarget.all.first(where: { $0.name == arguments.first }) else {
            fatalError("a target is wanted; `fuzz list` says which there are")
        }
        if wantsExamples { return target.examples.enumerated().forEach { write($1, to: "\(arguments[1])/\($0)") } }
        run = target.run
        arguments[0] = CommandLine.arguments[0]
        exit(drive(arguments))
    }

    private static func write(_ bytes: [UInt8], to path: String) {
        guard let file = fopen(path, "w") else { fatalError("\(path) cannot be written") }
        fwrite(bytes, 1, bytes.count, file)
        fclose(file)
    }

    private static func drive(_ arguments: [String]) -> CInt {
        var count = CInt(arguments.count)
        var words: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = .allocate(capacity: arguments.count + 1)
        for (index, argument) in arguments.enumerated() { words?[index] = strdup(argument) }
        words?[arguments.count] = nil
        return runDriver(&count, &words, testOneInput)
    }
}

/// The body of the target that was asked for; set once, before libFuzzer starts.
nonisolated(unsafe) private var run: @Sendable ([UInt8]) throws -> Void = { _ in }

/// libFuzzer's loop: does not return as long as nothing is found and the time is not over.
@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
    _ test: @convention(c) (UnsafePointer<UInt8>, Int) -> CInt
) -> CInt

/// Called by libFuzzer with one input after the other. Whoever does not return has found something.
private func testOneInput(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    do {
        try run(Array(UnsafeBufferPointer(start: bytes, count: count)))
    } catch {
        fatalError("\(error)")
    }
    return 0
}
