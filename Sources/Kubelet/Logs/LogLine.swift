package import Determinism

/// One line of a container's log file: `2026-01-01T00:00:00.000000000Z stdout F text`.
package struct LogLine: Sendable, Equatable {
    package enum Stream: String, Sendable { case stdout, stderr }

    package var time: Timestamp
    package var stream: Stream
    /// The line goes on in the next one of the same stream.
    package var isPartial: Bool
    /// The text with its line break, unless partial.
    package var content: [UInt8]

    /// Reads a line without its line break; nil when it is not in CRI's form.
    package init?(_ line: some Collection<UInt8>) {
        let space = UInt8(ascii: " ")
        let parts = line.split(separator: space, maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 4, let time = Timestamp(rfc3339: String(decoding: parts[0], as: UTF8.self)),
            let stream = Stream(rawValue: String(decoding: parts[1], as: UTF8.self))
        else { return nil }
        self.time = time
        self.stream = stream
        // Tags are separated by colons; the first says whether the line is whole.
        isPartial = parts[2].first == UInt8(ascii: "P")
        content = Array(parts[3]) + (isPartial ? [] : [UInt8(ascii: "\n")])
    }
}

/// The last lines of a log, read from its end.
package enum LogTail {
    static let blockSize = 64 * 1024

    /// Up to `count` lines; a file that cannot be read has none.
    package static func lines(_ path: String, count: Int) -> [LogLine] {
        // A log that is gone has no lines.
        guard let file = try? LogFile(path), let start = try? file.offset(ofLast: count) else { return [] }
        var reader = LogLineSplitter()
        var lines: [LogLine] = []
        var offset = start
        while let block = try? file.read(at: offset, count: blockSize), !block.isEmpty {
            offset += block.count
            lines += reader.take(block).compactMap { LogLine($0) }
        }
        return lines
    }
}

/// Cuts a stream of bytes into lines.
package struct LogLineSplitter: Sendable {
    /// A longer line is cut: no log writer makes one.
    package static let lineMax = 1024 * 1024

    private var rest: [UInt8] = []

    package init() {}

    /// The lines that `bytes` complete, without line breaks.
    package mutating func take(_ bytes: [UInt8]) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        var start = bytes.startIndex
        while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
            lines.append(rest + bytes[start..<end])
            rest.removeAll(keepingCapacity: true)
            start = end + 1
        }
        rest.append(contentsOf: bytes[start...])
        if rest.count > Self.lineMax {
            lines.append(rest)
            rest = []
        }
        return lines
    }
}
