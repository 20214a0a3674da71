/// Every bound of this store, in one place.
enum Limits {
    /// When a transaction had so many writes, others are on their way: the next one waits for them.
    static let crowd = 3
    /// For how long it does, in microseconds; about half of what the disk takes.
    static let gathering: UInt32 = 1_500
    /// Writes that may wait for the writer; one more is refused with `.unavailable`.
    static let waitingWritesMax = 8_192
    /// Bytes of keys and values that may wait for the writer.
    static let waitingBytesMax = 128 << 20
    /// Reads that may wait for a reader; one more is refused with `.unavailable`.
    static let waitingReadsMax = 8_192
    /// Threads, and so connections, that read.
    static let readers = 2
    /// Revisions swept in one transaction: at most this many superseded rows and as many tombstones.
    static let sweepChunk: Int64 = 400
    /// An automatic compaction waits until it can forget this many revisions.
    static let compactionStep: Int64 = 1_000
    /// How far ahead revisions are reserved on disk, so that none that was lost is ever given out again.
    static let reservation: Int64 = 10_000
    /// Keys removed in one transaction because their time had come.
    static let expiryBatchMax = 500
    /// How long after a failed removal an expired key is tried again.
    static let expiryRetry = Duration.seconds(5)
    /// Changes of the past delivered to a new watch in one batch.
    static let historyBatchMax = 256
    /// How often a read at the present is tried again when compaction overtakes it.
    static let readAttemptsMax = 5
    /// How long SQLite waits for its own locks, in milliseconds; only recovery after a crash takes any.
    static let busyTimeoutMilliseconds: Int32 = 10_000
    /// Bytes of a page of the files; a page is what is written when anything in it changes.
    static let pageBytes = 8_192
    /// A write-ahead log that grew beyond this is cut back to it, in bytes.
    static let journalBytesMax = 64 << 20
}
