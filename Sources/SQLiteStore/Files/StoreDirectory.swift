internal import Glibc
internal import KeyValueStore

/// The directory that holds the files; locked while this lives, so that no other store opens it.
final class StoreDirectory: Sendable {
    let main: String
    let volatile: String
    /// True when the file was there before.
    let hadMain: Bool
    let hadVolatile: Bool
    private let lock: Int32

    init(path: String) throws(StoreError) {
        try Self.make(path)
        main = path + "/state.db"
        volatile = path + "/volatile.db"
        let lock = try Self.create(path + "/lock")
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            Glibc.close(lock)
            throw StoreError(.unavailable, key: "", detail: "another process has the store \(path) open")
        }
        self.lock = lock
        hadMain = access(main, F_OK) == 0
        hadVolatile = access(volatile, F_OK) == 0
        for file in [main, volatile] { Glibc.close(try Self.create(file)) }
    }

    deinit { Glibc.close(lock) }

    /// Lets another store open the directory.
    func unlock() { flock(lock, LOCK_UN) }

    /// Starts the second file anew; only before it is attached.
    func discardVolatile() throws(StoreError) {
        for suffix in ["", "-wal", "-shm"] { unlink(volatile + suffix) }
        Glibc.close(try Self.create(volatile))
    }

    /// Names one boot of the machine: what reached the kernel under it is not lost while it lasts.
    static func currentBoot() -> String {
        let file = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return "" }
        defer { Glibc.close(file) }
        var buffer = [UInt8](repeating: 0, count: 64)
        let count = read(file, &buffer, buffer.count)
        return String(decoding: buffer.prefix(max(0, count)).filter { $0 > 0x20 }, as: UTF8.self)
    }

    /// Makes the directory, and those above it, for their owner alone.
    private static func make(_ path: String) throws(StoreError) {
        var made = ""
        for part in path.split(separator: "/", omittingEmptySubsequences: true) {
            made += (made.isEmpty && !path.hasPrefix("/") ? "" : "/") + part
            if mkdir(made, 0o700) != 0 && errno != EEXIST { throw failure("cannot make the directory", made) }
        }
    }

    /// A file that only its owner reads; SQLite gives its log the same mode.
    private static func create(_ path: String) throws(StoreError) -> Int32 {
        let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw failure("cannot open", path) }
        return file
    }

    private static func failure(_ what: String, _ path: String) -> StoreError {
        StoreError(.unavailable, key: "", detail: "\(what) \(path): \(String(cString: strerror(errno)))")
    }
}
