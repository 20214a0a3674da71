internal import CLinux
internal import Glibc

/// Signals to this process as a stream.
package enum Signals {
    package static let hangUp = SIGHUP
    package static let interrupt = SIGINT
    package static let terminate = SIGTERM
    package static let user1 = SIGUSR1

    /// From now on the given signals do not end the process but come out here. Once per process.
    package static func stream(_ numbers: [Int32]) throws(KernelError) -> AsyncStream<Int32> {
        let pipe = try Descriptor.pipe()
        let code = clinux_signals_to(pipe.write.number, numbers, Int32(numbers.count))
        guard code == 0 else { throw KernelError("sigaction", code: code) }
        let (stream, reader) = AsyncStream.makeStream(of: Int32.self, bufferingPolicy: .bufferingNewest(16))
        BlockingThread.start {
            // The write end lives as long as this thread, which is as long as the process.
            withExtendedLifetime(pipe.write) {
                // An unreadable pipe ends the stream; it cannot happen while both ends are open.
                while let bytes = try? pipe.read.read(upTo: 16), !bytes.isEmpty {
                    for byte in bytes { reader.yield(Int32(byte)) }
                }
            }
            reader.finish()
        }
        return stream
    }

    /// Writing to a closed socket or pipe becomes an error instead of the end of the process.
    package static func ignoreBrokenPipes() { signal(SIGPIPE, SIG_IGN) }
}
