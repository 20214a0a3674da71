internal import KeyValueStore

/// Every change since the last compaction, and what each key held then.
struct MemoryHistory: Sendable {
    private(set) var revision: Revision = 0
    var isClosed = false
    var expiries = ExpiryIndex()
    private var compacted: Revision = 0
    /// All keys with any history, in order.
    private var keys: [KeyBytes] = []
    /// The changes to each key, oldest first.
    private var histories: [KeyBytes: [Change]] = [:]
    /// Every change after `compacted`, oldest first.
    private var log: [Change] = []

    // MARK: Reading

    func checkOpen(_ key: String) throws(StoreError) {
        if isClosed { throw StoreError(.unavailable, key: key, detail: "closed") }
    }

    /// The revision to read at, if the past of it is still known.
    func readable(_ asked: Revision?, _ key: String) throws(StoreError) -> Revision {
        try checkOpen(key)
        guard let asked else { return revision }
        if asked > revision { throw StoreError(.futureRevision, key: key) }
        if asked < compacted { throw StoreError(.compacted, key: key) }
        return asked
    }

    func entry(_ key: KeyBytes, at revision: Revision) -> Entry? {
        guard let change = histories[key]?.last(where: { $0.revision <= revision }), let value = change.value
        else { return nil }
        return Entry(key: change.key, value: value, revision: change.revision)
    }

    func page(_ prefix: KeyBytes, at revision: Revision, limit: Int, after: KeyBytes?) -> Page {
        var page = Page(entries: [], revision: revision, hasMore: false)
        var index = position(of: prefix)
        if let after, after >= prefix {
            index = position(of: after)
            if index < keys.count && keys[index] == after { index += 1 }
        }
        while index < keys.count, keys[index].hasPrefix(prefix) {
            if let entry = entry(keys[index], at: revision) {
                if limit > 0 && page.entries.count == limit {
                    page.hasMore = true
                    break
                }
                page.entries.append(entry)
            }
            index += 1
        }
        return page
    }

    func changes(after revision: Revision) -> [Change] {
        Array(log.suffix(from: log.partitioningIndex { $0.revision > revision }))
    }

    // MARK: Writing

    mutating func create(_ key: String, _ value: [UInt8], deadline: Duration?) throws(StoreError) -> Change {
        try checkOpen(key)
        if current(key) != nil { throw StoreError(.keyExists, key: key) }
        return record(key, value, deadline: deadline)
    }

    mutating func update(
        _ key: String, ifAt expected: Revision, to value: [UInt8], deadline: Duration?
    ) throws(StoreError) -> Change {
        try checkOpen(key)
        guard let current = current(key) else { throw StoreError(.keyNotFound, key: key) }
        if current.revision != expected { throw StoreError(.revisionConflict, key: key) }
        return record(key, value, deadline: deadline)
    }

    mutating func delete(_ key: String, ifAt expected: Revision?) throws(StoreError) -> Change {
        try checkOpen(key)
        guard let current = current(key) else { throw StoreError(.keyNotFound, key: key) }
        if let expected, current.revision != expected { throw StoreError(.revisionConflict, key: key) }
        return record(key, nil, deadline: nil)
    }

    mutating func compact(through target: Revision) throws(StoreError) {
        try checkOpen("")
        if target > revision { throw StoreError(.futureRevision, key: "") }
        if target <= compacted { return }
        compacted = target
        log.removeFirst(log.partitioningIndex { $0.revision > target })
        for (key, history) in histories {
            guard let last = history.lastIndex(where: { $0.revision <= target }) else { continue }
            let kept = Array(history[(history[last].value == nil ? last + 1 : last)...])
            histories[key] = kept.isEmpty ? nil : kept
        }
        keys.removeAll { histories[$0] == nil }
    }

    private func current(_ key: String) -> Change? {
        histories[KeyBytes(key)]?.last.flatMap { $0.value == nil ? nil : $0 }
    }

    private mutating func record(_ key: String, _ value: [UInt8]?, deadline: Duration?) -> Change {
        revision += 1
        let change = Change(key: key, revision: revision, value: value)
        let bytes = KeyBytes(key)
        if histories[bytes] == nil { keys.insert(bytes, at: position(of: bytes)) }
        histories[bytes, default: []].append(change)
        log.append(change)
        expiries[bytes] = deadline
        return change
    }

    private func position(of key: KeyBytes) -> Int { keys.partitioningIndex { $0 >= key } }
}

extension Array {
    /// The first index from which on `belongsAfter` holds, in an array where it holds for a tail.
    func partitioningIndex(where belongsAfter: (Element) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if belongsAfter(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
