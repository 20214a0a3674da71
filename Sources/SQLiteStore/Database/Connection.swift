internal import CSQLite
internal import KeyValueStore

/// One connection to SQLite. Belongs to one thread at a time.
final class Connection {
    private let handle: OpaquePointer

    init(path: String) throws(StoreError) {
        var opened: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX
        let code = sqlite3_open_v2(path, &opened, flags, nil)
        guard code == SQLITE_OK, let opened else {
            sqlite3_close_v2(opened)
            throw StoreError(sqlite: code, "cannot open \(path)")
        }
        handle = opened
        sqlite3_busy_timeout(handle, Limits.busyTimeoutMilliseconds)
    }

    deinit { sqlite3_close_v2(handle) }

    /// False also after a failed statement made SQLite roll back by itself.
    var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

    /// Runs statements that bring no rows or whose rows nobody wants.
    func execute(_ sql: String) throws(StoreError) {
        let code = sqlite3_exec(handle, sql, nil, nil, nil)
        if code != SQLITE_OK { throw error(code) }
    }

    func prepare(_ sql: String) throws(StoreError) -> Statement {
        var statement: OpaquePointer?
        let code = sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
        guard code == SQLITE_OK, let statement else { throw error(code) }
        return Statement(statement, of: self)
    }

    /// The first column of the first row, for statements that are asked once.
    func number(_ sql: String) throws(StoreError) -> Int64 {
        let statement = try prepare(sql)
        return try statement.next() ? statement.number(0) : 0
    }

    func text(_ sql: String) throws(StoreError) -> String {
        let statement = try prepare(sql)
        return try statement.next() ? String(decoding: statement.bytes(0), as: UTF8.self) : ""
    }

    fileprivate func error(_ code: Int32) -> StoreError {
        StoreError(sqlite: code, sqlite3_errmsg(handle).map { String(cString: $0) } ?? "")
    }
}

/// What is bound to a parameter.
enum SQLValue {
    case number(Int64)
    case bytes([UInt8])
    case null
}

/// A prepared statement; keeps its connection alive.
final class Statement {
    private let handle: OpaquePointer
    private let connection: Connection

    fileprivate init(_ handle: OpaquePointer, of connection: Connection) {
        self.handle = handle
        self.connection = connection
    }

    deinit { sqlite3_finalize(handle) }

    /// Forgets the last run and binds the parameters of the next, in order.
    func bind(_ values: [SQLValue]) throws(StoreError) {
        sqlite3_reset(handle)
        for (offset, value) in values.enumerated() {
            let index = Int32(offset + 1)
            let code =
                switch value {
                case .number(let number): sqlite3_bind_int64(handle, index, number)
                case .bytes(let bytes): bind(bytes, at: index)
                case .null: sqlite3_bind_null(handle, index)
                }
            if code != SQLITE_OK { throw connection.error(code) }
        }
    }

    private func bind(_ bytes: [UInt8], at index: Int32) -> Int32 {
        // No bytes at a null pointer would be NULL, which means deleted.
        if bytes.isEmpty { return sqlite3_bind_zeroblob(handle, index, 0) }
        // SQLITE_TRANSIENT, a macro that Swift cannot see: SQLite copies the bytes before it returns.
        let copies = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        return bytes.withUnsafeBytes {
            sqlite3_bind_blob64(handle, index, $0.baseAddress, sqlite3_uint64($0.count), copies)
        }
    }

    /// Goes to the next row; false when there is none, and then the statement is ready for the next run.
    func next() throws(StoreError) -> Bool {
        let code = sqlite3_step(handle)
        if code == SQLITE_ROW { return true }
        sqlite3_reset(handle)
        if code != SQLITE_DONE { throw connection.error(code) }
        return false
    }

    /// Runs a statement that brings no rows.
    func run(_ values: SQLValue...) throws(StoreError) {
        try bind(values)
        while try next() {}
    }

    /// Ends the run, and with it the snapshot that it reads from.
    func reset() { sqlite3_reset(handle) }

    func number(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }

    func isNull(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }

    func bytes(_ column: Int32) -> [UInt8] {
        // SQLite's order: the pointer first, then the length. No pointer means no bytes.
        guard let start = sqlite3_column_blob(handle, column) else { return [] }
        return Array(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column))))
    }
}
