internal import CLinux
internal import Glibc

/// An open file that closes when the last reference goes.
package final class Descriptor: Sendable {
    package let number: Int32

    /// Takes over an open descriptor.
    package init(owning number: Int32) { self.number = number }

    deinit { close(number) }

    /// Flags of open(2) for those who cannot see Glibc.
    package static let readOnly = O_RDONLY
    package static let createAndTruncate = O_WRONLY | O_CREAT | O_TRUNC

    package static func open(
        _ path: String, flags: Int32, mode: UInt32 = 0o644
    ) throws(KernelError) -> Descriptor {
        let number = Glibc.open(path, flags | O_CLOEXEC, mode)
        guard number >= 0 else { throw .last("open", path) }
        return Descriptor(owning: number)
    }

    /// The two ends of a new pipe.
    package static func pipe() throws(KernelError) -> (read: Descriptor, write: Descriptor) {
        var ends: [Int32] = [-1, -1]
        guard clinux_pipe(&ends) == 0 else { throw .last("pipe") }
        return (Descriptor(owning: ends[0]), Descriptor(owning: ends[1]))
    }

    /// Reads once, up to `count` bytes; empty at the end.
    package func read(upTo count: Int) throws(KernelError) -> [UInt8] {
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            let result = retryingInterrupts { Glibc.read(number, buffer.baseAddress, count) }
            if result < 0 { failure = errno }
            filled = max(result, 0)
        }
        guard failure == 0 else { throw KernelError("read", code: failure) }
        return bytes
    }

    package func readToEnd(limit: Int = Files.readLimit) throws(KernelError) -> [UInt8] {
        var bytes: [UInt8] = []
        while true {
            let piece = try read(upTo: 64 * 1024)
            if piece.isEmpty { return bytes }
            bytes += piece
            guard bytes.count <= limit else { throw KernelError("read", code: EFBIG) }
        }
    }

    package func writeAll(_ bytes: some Collection<UInt8>) throws(KernelError) {
        var failure: Int32 = 0
        let bytes = Array(bytes)
        bytes.withUnsafeBytes { buffer in
            var written = 0
            while written < buffer.count {
                let result = retryingInterrupts {
                    Glibc.write(number, buffer.baseAddress?.advanced(by: written), buffer.count - written)
                }
                guard result >= 0 else {
                    failure = errno
                    return
                }
                written += result
            }
        }
        guard failure == 0 else { throw KernelError("write", code: failure) }
    }
}

/// Calls again when a signal came in between.
func retryingInterrupts(_ call: () -> Int) -> Int {
    while true {
        let result = call()
        if result >= 0 || errno != EINTR { return result }
    }
}
