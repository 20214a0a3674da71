/// Remembers the entries used last, at most `limit` of them.
///
/// Two generations instead of a linked list: entries are written to the young one; when that has reached half of
/// the limit it becomes the old one and the former old one is forgotten. What is used in between moves up again.
package struct BoundedCache<Key: Hashable & Sendable, Element: Sendable>: Sendable {
    private let generationLimit: Int
    private var young: [Key: Element] = [:]
    private var old: [Key: Element] = [:]

    package init(limit: Int) { generationLimit = max(1, limit / 2) }

    package var count: Int { young.count + old.keys.count { young[$0] == nil } }

    /// The entry, which from now on counts as just used.
    package mutating func find(_ key: Key) -> Element? {
        if let element = young[key] { return element }
        guard let element = old[key] else { return nil }
        store(element, for: key)
        return element
    }

    package mutating func store(_ element: Element, for key: Key) {
        young[key] = element
        guard young.count >= generationLimit else { return }
        old = young
        young = [:]
    }

    package mutating func remove(_ key: Key) {
        young[key] = nil
        old[key] = nil
    }

    package mutating func removeAll() {
        young = [:]
        old = [:]
    }
}
