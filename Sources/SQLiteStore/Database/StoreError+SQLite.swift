internal import CSQLite
internal import KeyValueStore

extension StoreError {
    /// Says what SQLite said. The key is not known down here; whoever knows it adds it.
    init(sqlite code: Int32, _ message: String) {
        let detail = "\(message) (SQLite \(code), \(String(cString: sqlite3_errstr(code))))"
        // The low byte is the kind, the rest a refinement.
        switch code & 0xff {
        case SQLITE_CORRUPT, SQLITE_NOTADB: self.init(.corrupt, key: "", detail: detail)
        default: self.init(.unavailable, key: "", detail: detail)
        }
    }

    func about(_ key: String) -> StoreError { StoreError(code, key: key, detail: detail) }
}
