// The default store: SQLite's C library, WAL, fsync'd, group commit.
