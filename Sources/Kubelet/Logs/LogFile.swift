internal import Glibc

/// A log file that is open for reading at any place, and stays the same file when its name moves on.
package final class LogFile: Sendable {
    private let descriptor: Int32
    package let path: String
    package let inode: UInt64

    package init(_ path: String) throws(HostFileError) {
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw HostFileError(operation: "open", path: path, code: errno) }
        self.path = path
        var info = stat()
        inode = fstat(descriptor, &info) == 0 ? UInt64(info.st_ino) : 0
    }

    deinit { close(descriptor) }

    package var size: Int {
        var info = stat()
        return fstat(descriptor, &info) == 0 ? Int(info.st_size) : 0
    }

    /// Up to `count` bytes from `offset`; none at the end.
    package func read(at offset: Int, count: Int) throws(HostFileError) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: count)
        while true {
            let got = pread(descriptor, &buffer, count, off_t(offset))
            if got >= 0 { return Array(buffer[..<got]) }
            if errno != EINTR { throw HostFileError(operation: "read", path: path, code: errno) }
        }
    }

    /// Where the last `count` lines begin.
    package func offset(ofLast count: Int) throws(HostFileError) -> Int {
        let end = size
        guard count > 0 else { return end }
        var position = end
        // The line break at the very end closes the last line instead of opening one more.
        var breaks = -1
        while position > 0 {
            let size = min(LogTail.blockSize, position)
            let block = try read(at: position - size, count: size)
            if position == end, block.last != UInt8(ascii: "\n") { breaks = 0 }
            for index in block.indices.reversed() where block[index] == UInt8(ascii: "\n") {
                breaks += 1
                if breaks == count { return position - size + index + 1 }
            }
            position -= size
        }
        return 0
    }
}
