/// A sorted set of strings in blocks, so that inserting into 100,000 keys moves a few hundred.
struct SortedKeys {
    static let blockMax = 512

    private var blocks: [[String]] = []
    private(set) var count = 0

    mutating func insert(_ key: String) {
        guard !blocks.isEmpty else {
            blocks = [[key]]
            count = 1
            return
        }
        let block = blockIndex(for: key)
        let place = Self.lowerBound(blocks[block], key)
        if place < blocks[block].count, blocks[block][place] == key { return }
        blocks[block].insert(key, at: place)
        count += 1
        if blocks[block].count > Self.blockMax {
            let upper = Array(blocks[block][(Self.blockMax / 2)...])
            blocks[block].removeSubrange((Self.blockMax / 2)...)
            blocks.insert(upper, at: block + 1)
        }
    }

    mutating func remove(_ key: String) {
        guard !blocks.isEmpty else { return }
        let block = blockIndex(for: key)
        let place = Self.lowerBound(blocks[block], key)
        guard place < blocks[block].count, blocks[block][place] == key else { return }
        blocks[block].remove(at: place)
        count -= 1
        if blocks[block].isEmpty { blocks.remove(at: block) }
    }

    /// Calls `body` for the keys that begin with `prefix` and sort after `after`, in order, until it returns false.
    func forEach(prefix: String, after: String?, _ body: (String) -> Bool) {
        guard !blocks.isEmpty else { return }
        let start = after.map { $0 < prefix ? prefix : $0 } ?? prefix
        var block = blockIndex(for: start)
        var place = Self.lowerBound(blocks[block], start)
        while block < blocks.count {
            while place < blocks[block].count {
                let key = blocks[block][place]
                place += 1
                if key == after { continue }
                guard key.utf8.starts(with: prefix.utf8) else { return }
                if !body(key) { return }
            }
            block += 1
            place = 0
        }
    }

    /// The last block whose first key is not after `key`.
    private func blockIndex(for key: String) -> Int {
        var low = 0
        var high = blocks.count
        while low < high {
            let middle = (low + high) / 2
            if key < blocks[middle][0] { high = middle } else { low = middle + 1 }
        }
        return max(0, low - 1)
    }

    private static func lowerBound(_ keys: [String], _ key: String) -> Int {
        var low = 0
        var high = keys.count
        while low < high {
            let middle = (low + high) / 2
            if keys[middle] < key { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
