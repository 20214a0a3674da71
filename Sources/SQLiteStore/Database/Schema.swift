internal import KeyValueStore

/// The two files and their tables.
///
/// `main` is on disk before a write is acknowledged; `volatile` holds the relaxed prefixes and is
/// written without waiting. A key lives in one of them, decided by its prefix. Revisions come from one
/// sequence, so a row's `id` is unique across both.
///
/// A transaction over both files can take effect in one of them only, when the process is killed between
/// the two; and `volatile` may go back in time in a power cut. So nothing in one file may rely on the other
/// having kept what was written with it.
enum Schema {
    /// Raised when an older program could misread the files; such a program refuses them.
    static let version: Int64 = 1

    enum File: String, CaseIterable, CustomStringConvertible {
        case main
        case volatile

        var description: String { rawValue }
    }

    /// Attaches the second file and says how safely each is written.
    static func configure(_ connection: Connection, volatile path: String, sizeMax: Int64?) throws(StoreError) {
        let quoted = String(path.flatMap { $0 == "'" ? "''" : String($0) })
        try connection.execute("ATTACH DATABASE '\(quoted)' AS volatile")
        for name in File.allCases {
            // Of new files only. Most objects fit into a page, and several writes share one.
            try connection.execute("PRAGMA \(name).page_size = \(Limits.pageBytes)")
            try connection.execute("PRAGMA \(name).journal_mode = WAL")
            try connection.execute("PRAGMA \(name).journal_size_limit = \(Limits.journalBytesMax)")
        }
        try connection.execute("PRAGMA main.synchronous = FULL")
        try connection.execute("PRAGMA volatile.synchronous = OFF")
        if let sizeMax {
            let pages = sizeMax / (try connection.number("PRAGMA main.page_size"))
            try connection.execute("PRAGMA main.max_page_count = \(pages)")
        }
    }

    /// Refuses files of a later version and makes what is missing.
    static func create(_ connection: Connection) throws(StoreError) {
        for name in File.allCases {
            let found = try connection.number("PRAGMA \(name).user_version")
            guard found <= version else {
                let detail = "\(name) has schema version \(found), this program knows \(version)"
                throw StoreError(.unavailable, key: "", detail: detail)
            }
            if found == version { continue }
            // `value` is NULL and `deleted` 1 in a tombstone; `previous` is the revision that this one
            // supersedes, or 0; `expires` is a moment of the calendar in nanoseconds. `swept`: up to here,
            // what is superseded has been removed from this file.
            try connection.execute(
                """
                BEGIN;
                CREATE TABLE \(name).revisions (
                    id INTEGER PRIMARY KEY, key BLOB NOT NULL, value BLOB, deleted INTEGER NOT NULL,
                    previous INTEGER NOT NULL, expires INTEGER);
                CREATE INDEX \(name).revisions_by_key ON revisions (key, id, deleted, expires);
                CREATE TABLE \(name).sweep (id INTEGER PRIMARY KEY CHECK (id = 0), swept INTEGER NOT NULL);
                INSERT INTO \(name).sweep VALUES (0, 0);
                \(name == .main ? metaTable : "")
                PRAGMA \(name).user_version = \(version);
                COMMIT;
                """)
        }
    }

    /// One row. `compacted`: the past before it cannot be read. `reserved`: no revision above it has been
    /// given out. `boot` and `relaxed`: under which boot of the machine, and with which prefixes, the store
    /// was last open.
    private static let metaTable = """
        CREATE TABLE main.meta (
            id INTEGER PRIMARY KEY CHECK (id = 0), compacted INTEGER NOT NULL, reserved INTEGER NOT NULL,
            boot TEXT NOT NULL, relaxed TEXT NOT NULL);
        INSERT INTO main.meta VALUES (0, 0, 0, '', '');
        """
}
