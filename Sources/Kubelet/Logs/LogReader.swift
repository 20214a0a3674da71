package import APIMachinery
package import Determinism
internal import LinuxKernel

/// What somebody wants to see of a container's log.
package struct LogOptions: Sendable, Equatable {
    package var follow = false
    package var timestamps = false
    /// nil for all.
    package var tailLines: Int?
    package var limitBytes: Int?
    /// Older lines are left out.
    package var since: Timestamp?
    /// nil for both.
    package var stream: LogLine.Stream?

    package init() {}
}

/// Filters lines and counts bytes: the part of log reading that touches no file.
package struct LogFilter: Sendable {
    private let options: LogOptions
    private var left: Int?
    /// A line that goes on gets its timestamp once.
    private var isContinuing = false

    package init(_ options: LogOptions) {
        self.options = options
        left = options.limitBytes
    }

    /// The limit is reached: nothing more will come.
    package var isFull: Bool { left == 0 }

    /// The bytes to show of a line; none when it is left out.
    package mutating func take(_ line: LogLine) -> [UInt8] {
        if let since = options.since, line.time < since { return [] }
        if let stream = options.stream, line.stream != stream { return [] }
        var bytes: [UInt8] = []
        if options.timestamps, !isContinuing { bytes = Array("\(line.time.rfc3339Nano) ".utf8) }
        isContinuing = line.isPartial
        bytes += line.content
        if let left, bytes.count > left { bytes = Array(bytes[..<left]) }
        left = left.map { $0 - bytes.count }
        return bytes
    }
}

/// Reads a container's log file, and goes on reading while it grows.
package struct LogReader: Sendable {
    static let blockSize = 64 * 1024

    package let path: String
    package let options: LogOptions
    /// Whether the container may still write.
    package let isRunning: @Sendable () async -> Bool
    /// Says that it is time to look again, besides changes of the file: the container has ended.
    package let wakes: AsyncStream<Void>

    package init(
        path: String, options: LogOptions, wakes: AsyncStream<Void>, isRunning: @escaping @Sendable () async -> Bool
    ) {
        self.path = path
        self.options = options
        self.wakes = wakes
        self.isRunning = isRunning
    }

    /// Hands pieces to `write`, in order, until the log ends. `write` may wait, and the reading waits with it.
    package func run(_ write: (_ piece: [UInt8]) async throws -> Void) async throws {
        var filter = LogFilter(options)
        var file = try LogFile(path)
        var offset = 0
        if let tail = options.tailLines { offset = try file.offset(ofLast: tail) }
        var splitter = LogLineSplitter()
        let changes = options.follow ? try changes() : AsyncStream<Void> { $0.finish() }
        defer { withExtendedLifetime(changes) {} }
        var iterator = changes.makeAsyncIterator()
        while !Task.isCancelled {
            // Asked before reading: what is written after the answer is found by the next turn.
            let mayGrow = options.follow ? await isRunning() : false
            try await drain(&file, &offset, &splitter, &filter, write)
            if filter.isFull || !mayGrow { return }
            if let next = try successor(of: file) {
                // The writer may have gone on with the old file until the new one was there.
                try await drain(&file, &offset, &splitter, &filter, write)
                file = next
                offset = 0
                splitter = LogLineSplitter()
                continue
            }
            guard await iterator.next() != nil else { return }
        }
    }

    private func drain(
        _ file: inout LogFile, _ offset: inout Int, _ splitter: inout LogLineSplitter, _ filter: inout LogFilter,
        _ write: (_ piece: [UInt8]) async throws -> Void
    ) async throws {
        while !filter.isFull {
            let block = try file.read(at: offset, count: Self.blockSize)
            guard !block.isEmpty else { return }
            offset += block.count
            var piece: [UInt8] = []
            for line in splitter.take(block) { if let parsed = LogLine(line) { piece += filter.take(parsed) } }
            if !piece.isEmpty { try await write(piece) }
        }
    }

    /// The file that has taken this one's name, after a rotation.
    private func successor(of file: LogFile) throws -> LogFile? {
        guard HostFiles.kind(path) == .file else { return nil }
        let current = try LogFile(path)
        return current.inode == file.inode ? nil : current
    }

    /// Wakes for every write to the file's directory and for every wake from outside, merged.
    private func changes() throws -> AsyncStream<Void> {
        let directory = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
        let writes = try FileWatch.changes(in: directory, everyWrite: true)
        let wakes = wakes
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let merged = Task {
            await withDiscardingTaskGroup { group in
                group.addTask { for await _ in writes { continuation.yield() } }
                group.addTask { for await _ in wakes { continuation.yield() } }
            }
        }
        continuation.onTermination = { _ in merged.cancel() }
        return stream
    }
}
