/// Which key expires when, for stores that have to remove them themselves.
///
/// A heap by deadline beside the truth: what the heap says about a key counts only while the dictionary
/// agrees, so that moving a deadline costs no search.
package struct ExpiryIndex: Sendable {
    private struct Item {
        let deadline: Duration
        let key: KeyBytes
    }

    /// The heap may hold this many outdated items more than there are keys before it is built anew.
    private static let outdatedMax = 1_024

    private var deadlines: [KeyBytes: Duration] = [:]
    private var heap: [Item] = []

    package init() {}

    /// The earliest uptime at which a key expires.
    package var next: Duration? { heap.first?.deadline }

    package subscript(key: KeyBytes) -> Duration? {
        get { deadlines[key] }
        set {
            guard deadlines[key] != newValue else { return }
            deadlines[key] = newValue
            if let newValue { push(Item(deadline: newValue, key: key)) }
            if heap.count > 2 * deadlines.count + Self.outdatedMax { rebuild() }
            dropOutdated()
        }
    }

    /// Takes out up to `limit` keys whose time has come, earliest first.
    package mutating func takeDue(at uptime: Duration, limit: Int) -> [KeyBytes] {
        var keys: [KeyBytes] = []
        while keys.count < limit, let item = heap.first, item.deadline <= uptime {
            keys.append(item.key)
            self[item.key] = nil
        }
        return keys
    }

    private mutating func rebuild() {
        heap = deadlines.map { Item(deadline: $0.value, key: $0.key) }.sorted { $0.deadline < $1.deadline }
    }

    /// Keeps the promise that the first item is true.
    private mutating func dropOutdated() {
        while let first = heap.first, deadlines[first.key] != first.deadline { popFirst() }
    }

    private mutating func push(_ item: Item) {
        heap.append(item)
        var child = heap.count - 1
        while child > 0, heap[child].deadline < heap[(child - 1) / 2].deadline {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    private mutating func popFirst() {
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < heap.count && heap[child].deadline < heap[least].deadline { least = child }
            guard least != parent else { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}
