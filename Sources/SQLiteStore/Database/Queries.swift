internal import KeyValueStore

/// In which of the two files the keys under a prefix live.
enum Scope: CaseIterable, Sendable {
    case main
    case volatile
    /// The prefix is shorter than a relaxed one: some keys here, some there.
    case both
}

/// Which keys may be lost in a power cut.
struct Routing: Sendable {
    let relaxed: [KeyBytes]

    init(_ prefixes: [String]) { relaxed = prefixes.map { KeyBytes($0) } }

    func isVolatile(_ key: KeyBytes) -> Bool { relaxed.contains { key.hasPrefix($0) } }

    func scope(of prefix: KeyBytes) -> Scope {
        if isVolatile(prefix) { return .volatile }
        return relaxed.contains { $0.hasPrefix(prefix) } ? .both : .main
    }
}

/// The statements that read, prepared for one connection.
final class Queries {
    private let entries: [Scope: Statement]
    private let lists: [Scope: Statement]
    private let histories: [Scope: Statement]
    private let routing: Routing

    init(_ connection: Connection, _ routing: Routing) throws(StoreError) {
        self.routing = routing
        var entries: [Scope: Statement] = [:]
        var lists: [Scope: Statement] = [:]
        var histories: [Scope: Statement] = [:]
        for scope in Scope.allCases {
            entries[scope] = try connection.prepare(Self.sql(scope, Self.entry, order: "1 DESC"))
            lists[scope] = try connection.prepare(Self.sql(scope, Self.list, order: "1") + " LIMIT ?4")
            histories[scope] = try connection.prepare(Self.sql(scope, Self.history, order: "1"))
        }
        (self.entries, self.lists, self.histories) = (entries, lists, histories)
    }

    /// The entry as of `revision`.
    func entry(_ key: KeyBytes, at revision: Revision) throws(StoreError) -> Entry? {
        guard let statement = entries[routing.scope(of: key)] else { return nil }
        try statement.bind([.bytes(key.bytes), .number(revision)])
        defer { statement.reset() }
        guard try statement.next(), statement.number(1) == 0 else { return nil }
        return Entry(key: key.text, value: statement.bytes(2), revision: statement.number(0))
    }

    /// Up to `limit` entries (0: all) as of `revision`, in order, from `first` on.
    func entries(
        _ prefix: KeyBytes, from first: KeyBytes, at revision: Revision, limit: Int
    ) throws(StoreError) -> [Entry] {
        guard let statement = lists[routing.scope(of: prefix)] else { return [] }
        try statement.bind([
            .bytes(first.bytes), .bytes(Self.end(of: prefix)), .number(revision),
            .number(limit == 0 ? -1 : Int64(limit)),
        ])
        defer { statement.reset() }
        var entries: [Entry] = []
        while try statement.next() {
            let key = String(decoding: statement.bytes(0), as: UTF8.self)
            entries.append(Entry(key: key, value: statement.bytes(2), revision: statement.number(1)))
        }
        return entries
    }

    /// The changes after one revision up to another, in order, a batch at a time, all from one snapshot.
    /// `begun` is called once when that snapshot stands; what is compacted later is still seen.
    func changes(
        _ prefix: KeyBytes, after first: Revision, through last: Revision,
        begun: () throws(StoreError) -> Void, bring: ([Change]) -> Void
    ) throws(StoreError) {
        guard let statement = histories[routing.scope(of: prefix)] else { return }
        try statement.bind([
            .number(first), .number(last), .bytes(prefix.bytes), .bytes(Self.end(of: prefix)),
        ])
        defer { statement.reset() }
        var more = try statement.next()
        try begun()
        var batch: [Change] = []
        while more {
            let isDeleted = statement.number(2) != 0
            let key = String(decoding: statement.bytes(1), as: UTF8.self)
            let value = isDeleted ? nil : statement.bytes(3)
            batch.append(Change(key: key, revision: statement.number(0), value: value))
            more = try statement.next()
            if batch.count == Limits.historyBatchMax || !more {
                bring(batch)
                batch = []
            }
        }
    }

    /// No key in UTF-8 begins with this byte.
    private static func end(of prefix: KeyBytes) -> [UInt8] { prefix.endOfPrefix?.bytes ?? [0xff] }

    private static func sql(_ scope: Scope, _ select: (String) -> String, order: String) -> String {
        let selects =
            switch scope {
            case .main: [select("main")]
            case .volatile: [select("volatile")]
            case .both: [select("main"), select("volatile")]
            }
        return selects.joined(separator: " UNION ALL ") + " ORDER BY \(order)"
    }

    private static func entry(_ name: String) -> String {
        """
        SELECT id, deleted, value FROM \(name).revisions INDEXED BY revisions_by_key
        WHERE key = ?1 AND id <= ?2
        """
    }

    private static func list(_ name: String) -> String {
        """
        SELECT key, id, value FROM \(name).revisions AS r INDEXED BY revisions_by_key
        WHERE key >= ?1 AND key < ?2 AND id <= ?3 AND deleted = 0 AND NOT EXISTS (
            SELECT 1 FROM \(name).revisions AS later INDEXED BY revisions_by_key
            WHERE later.key = r.key AND later.id > r.id AND later.id <= ?3)
        """
    }

    private static func history(_ name: String) -> String {
        """
        SELECT id, key, deleted, value FROM \(name).revisions NOT INDEXED
        WHERE id > ?1 AND id <= ?2 AND key >= ?3 AND key < ?4
        """
    }
}
