internal import KeyValueStore

/// The statements that write, prepared for the writer's connection.
final class WriterStatements {
    private let begin: Statement
    private let commit: Statement
    private let inserts: [Schema.File: Statement]
    private let removals: [Schema.File: [Statement]]
    private let swept: [Schema.File: Statement]
    private let reserve: Statement
    private let compacted: Statement
    private let connection: Connection

    init(_ connection: Connection) throws(StoreError) {
        self.connection = connection
        begin = try connection.prepare("BEGIN")
        commit = try connection.prepare("COMMIT")
        reserve = try connection.prepare("UPDATE main.meta SET reserved = ?1")
        compacted = try connection.prepare("UPDATE main.meta SET compacted = ?1")
        var inserts: [Schema.File: Statement] = [:]
        var removals: [Schema.File: [Statement]] = [:]
        var swept: [Schema.File: Statement] = [:]
        for file in Schema.File.allCases {
            inserts[file] = try connection.prepare(
                """
                INSERT INTO \(file).revisions (id, key, value, deleted, previous, expires)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                """)
            removals[file] = [
                try connection.prepare(
                    """
                    DELETE FROM \(file).revisions WHERE id IN (
                        SELECT previous FROM \(file).revisions NOT INDEXED
                        WHERE id > ?1 AND id <= ?2 AND previous > 0)
                    """),
                try connection.prepare(
                    "DELETE FROM \(file).revisions NOT INDEXED WHERE id > ?1 AND id <= ?2 AND deleted = 1"),
            ]
            swept[file] = try connection.prepare("UPDATE \(file).sweep SET swept = ?1")
        }
        (self.inserts, self.removals, self.swept) = (inserts, removals, swept)
    }

    /// Runs `body` in one transaction, which takes no effect if anything in it fails.
    func transaction(_ body: () throws(StoreError) -> Void) throws(StoreError) {
        do {
            try begin.run()
            try body()
            try commit.run()
        } catch {
            // After some errors SQLite has rolled back by itself; what cannot be rolled back is lost with
            // the connection, and the next BEGIN says so.
            if connection.isInTransaction { try? connection.execute("ROLLBACK") }
            throw error
        }
    }

    func insert(
        _ request: WriteRequest, at revision: Revision, previous: Revision, expires: Int64?, in file: Schema.File
    ) throws(StoreError) {
        try inserts[file]?.run(
            .number(revision), .bytes(request.key.bytes), request.value.map { .bytes($0) } ?? .null,
            .number(request.value == nil ? 1 : 0), .number(previous), expires.map { .number($0) } ?? .null)
    }

    /// Promises the disk that no revision above `revision` is given out before it is asked again.
    func reserve(through revision: Revision) throws(StoreError) { try reserve.run(.number(revision)) }

    func compact(through revision: Revision) throws(StoreError) { try compacted.run(.number(revision)) }

    /// Removes what rows after `first` and up to `last` supersede, and those that are tombstones, and notes
    /// that in the same file: a sweep forgotten there would let the beginning of a history outlive its end.
    func sweep(_ file: Schema.File, after first: Revision, through last: Revision) throws(StoreError) {
        for removal in removals[file] ?? [] { try removal.run(.number(first), .number(last)) }
        try swept[file]?.run(.number(last))
    }
}
