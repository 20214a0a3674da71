internal import KeyValueStore
internal import Logging

/// What the files said when the store was opened.
struct Opening {
    let connection: Connection
    var revision: Revision = 0
    var compacted: Revision = 0
    var swept: [Schema.File: Revision] = [:]
    var reserved: Revision = 0

    /// Opens both files and brings them up to date with this boot and these prefixes.
    ///
    /// While the machine stays up, what was committed is there, also after the process was killed. After
    /// another boot the end of the second file may be missing: then revisions go on above everything that
    /// may ever have been given out, and the past is declared compacted, so that everybody lists anew.
    init(_ files: StoreDirectory, relaxed: [String], sizeMax: Int64?, logger: Logger) throws(StoreError) {
        let boot = StoreDirectory.currentBoot()
        connection = try Connection(path: files.main)
        let isNew = try connection.number("PRAGMA main.user_version") == 0
        let lastBoot = isNew ? boot : try connection.text("SELECT boot FROM main.meta")
        let isSameBoot = lastBoot == boot && !boot.isEmpty
        if !isSameBoot, try !Self.isWhole(files.volatile) {
            logger.warning("Dropped leases and events that a power cut had damaged")
            try files.discardVolatile()
        }
        try Schema.configure(connection, volatile: files.volatile, sizeMax: sizeMax)
        try Schema.create(connection)
        try readMeta()
        try readNewestRevision()
        if !isNew && !(isSameBoot && files.hadVolatile) {
            revision = max(revision, reserved)
            compacted = revision
            logger.notice("Skipped revisions that a power cut may have lost", metadata: ["revision": "\(revision)"])
        }
        try route(relaxed, boot: boot)
    }

    /// Whether SQLite finds the file's structure intact. Any failure to read it counts as damage.
    private static func isWhole(_ path: String) throws(StoreError) -> Bool {
        do {
            let connection = try Connection(path: path)
            return try connection.text("PRAGMA integrity_check(1)") == "ok"
        } catch {
            if error.code == .corrupt { return false }
            throw error
        }
    }

    private mutating func readMeta() throws(StoreError) {
        let meta = try connection.prepare("SELECT compacted, reserved FROM main.meta")
        guard try meta.next() else { throw StoreError(.corrupt, key: "", detail: "the meta row is missing") }
        (compacted, reserved) = (meta.number(0), meta.number(1))
        for file in Schema.File.allCases {
            swept[file] = try connection.number("SELECT swept FROM \(file).sweep")
        }
    }

    private mutating func readNewestRevision() throws(StoreError) {
        revision = compacted
        for name in Schema.File.allCases {
            revision = max(revision, try connection.number("SELECT max(id) FROM \(name).revisions"))
        }
    }

    /// Moves rows whose prefix has changed sides since the store was last open, and notes prefixes and boot.
    private mutating func route(_ relaxed: [String], boot: String) throws(StoreError) {
        let joined = relaxed.sorted().joined(separator: "\n")
        if try connection.text("SELECT relaxed FROM main.meta") != joined {
            let before = try connection.text("SELECT relaxed FROM main.meta").split(separator: "\n").map { String($0) }
            // What moves must have arrived, and have left, before that is noted below.
            try connection.execute("PRAGMA volatile.synchronous = FULL")
            try sweepAgain(from: swept.values.min() ?? 0)
            for prefix in before { try move(prefix, from: .volatile, to: .main) }
            for prefix in relaxed { try move(prefix, from: .main, to: .volatile) }
            try connection.execute("PRAGMA volatile.synchronous = OFF")
        }
        let meta = try connection.prepare("UPDATE main.meta SET relaxed = ?1, boot = ?2, reserved = ?3, compacted = ?4")
        try meta.run(
            .bytes(Array(joined.utf8)), .bytes(Array(boot.utf8)), .number(max(reserved, revision)), .number(compacted))
    }

    /// What one file has not swept yet may come into the other: both begin where the first has stopped.
    private mutating func sweepAgain(from revision: Revision) throws(StoreError) {
        for file in Schema.File.allCases {
            try connection.execute("UPDATE \(file).sweep SET swept = \(revision)")
            swept[file] = revision
        }
    }

    private func move(_ prefix: String, from: Schema.File, to: Schema.File) throws(StoreError) {
        let prefix = KeyBytes(prefix)
        let range: [SQLValue] = [.bytes(prefix.bytes), .bytes(prefix.endOfPrefix?.bytes ?? [0xff])]
        for sql in [
            "INSERT OR IGNORE INTO \(to).revisions SELECT * FROM \(from).revisions WHERE key >= ?1 AND key < ?2",
            "DELETE FROM \(from).revisions WHERE key >= ?1 AND key < ?2",
        ] {
            let statement = try connection.prepare(sql)
            try statement.bind(range)
            while try statement.next() {}
        }
    }

    /// Every key that has a value, with its newest revision and when it expires, by the calendar.
    func keys(_ visit: (KeyBytes, Revision, _ expires: Int64?) -> Void) throws(StoreError) {
        for name in Schema.File.allCases {
            let rows = try connection.prepare(
                "SELECT key, id, deleted, expires FROM \(name).revisions INDEXED BY revisions_by_key ORDER BY key, id")
            var last: (key: [UInt8], revision: Revision, isDeleted: Bool, expires: Int64?)?
            func visitLast() {
                if let last, !last.isDeleted { visit(KeyBytes(bytes: last.key), last.revision, last.expires) }
            }
            while try rows.next() {
                let key = rows.bytes(0)
                if let last, last.key != key { visitLast() }
                last = (key, rows.number(1), rows.number(2) != 0, rows.isNull(3) ? nil : rows.number(3))
            }
            visitLast()
        }
    }
}
