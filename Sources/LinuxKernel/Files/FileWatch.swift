internal import CLinux
internal import Glibc

/// Tells when something changes in a folder, by inotify.
package enum FileWatch {
    /// Events that a slow reader may leave unread before the oldest are dropped.
    static let bufferLimit = 1024

    /// The names of files in `directory` that were made, written, renamed or removed, from now on; an empty name
    /// means that many changed or the folder itself went. With `everyWrite`, each write counts and not only the
    /// closing of a file. Ends when the reading task is cancelled.
    package static func changes(
        in directory: String, everyWrite: Bool = false
    ) throws(KernelError) -> AsyncStream<String> {
        let number = inotify_init1(Int32(O_CLOEXEC))
        guard number >= 0 else { throw .last("inotify") }
        let notifier = Descriptor(owning: number)
        let mask = UInt32(
            IN_CREATE | IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF
                | (everyWrite ? IN_MODIFY : 0))
        guard inotify_add_watch(number, directory, mask) >= 0 else { throw .last("watch", directory) }
        let stop = try Descriptor.pipe()
        let (stream, reader) = AsyncStream.makeStream(
            of: String.self, bufferingPolicy: .bufferingNewest(bufferLimit))
        reader.onTermination = { _ in
            // The thread may be gone already; then nobody needs the byte.
            try? stop.write.writeAll([0])
        }
        BlockingThread.start {
            forward(notifier, until: stop.read, to: reader)
            reader.finish()
        }
        return stream
    }

    private static func forward(
        _ notifier: Descriptor, until stop: Descriptor, to reader: AsyncStream<String>.Continuation
    ) {
        while true {
            var waits = [
                pollfd(fd: notifier.number, events: Int16(POLLIN), revents: 0),
                pollfd(fd: stop.number, events: Int16(POLLIN), revents: 0),
            ]
            let count = retryingInterrupts { Int(poll(&waits, 2, -1)) }
            // A pipe or notifier that cannot be read any more ends the watch.
            guard count > 0, waits[1].revents == 0, let bytes = try? notifier.read(upTo: 16 * 1024) else { return }
            for name in names(in: bytes) { reader.yield(name) }
        }
    }

    /// Takes apart what inotify wrote: a header of 16 bytes, its last 4 the length of the name that follows.
    static func names(in bytes: [UInt8]) -> [String] {
        var names: [String] = []
        var rest = bytes[...]
        while rest.count >= 16 {
            let length = rest.dropFirst(12).prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
            let name = rest.dropFirst(16).prefix(length).prefix { $0 != 0 }
            names.append(String(decoding: name, as: UTF8.self))
            rest = rest.dropFirst(16 + length)
        }
        return names
    }
}
