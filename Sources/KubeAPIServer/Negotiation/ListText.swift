/// A list as JSON whose text is put together as it is read.
///
/// What stands around the objects' own bytes is all that is new about a list, and 30,000 pods are a hundred megabytes:
/// they are never held as one text, only as the objects that the cache holds anyway.
package struct ListText: Sendable {
    private static let tail = Array("]}\n".utf8)

    /// Bytes of the whole text.
    package let length: Int
    /// Up to the first item's own bytes.
    private let head: [UInt8]
    private let separator: [UInt8]
    private let items: [ArraySlice<UInt8>]

    /// - head: what comes before the items, without the brace that closes it: `{"kind":"PodList"`.
    /// - items: objects as JSON, as the server writes it.
    /// - opening: with what most items begin and what the list says for all of them: `{"kind":"Pod",`. Empty shows the
    ///   items as they are.
    package init(head: [UInt8], items: [[UInt8]], leavingOut opening: [UInt8] = []) {
        let brace = Array((opening.isEmpty ? "" : "{").utf8)
        self.head = head + Array(",\"items\":[".utf8) + (items.isEmpty ? [] : brace)
        separator = [UInt8(ascii: ",")] + brace
        self.items = opening.isEmpty ? items.map { $0[...] } : items.map { Self.unopened($0, opening) }
        length =
            self.items.reduce(self.head.count + Self.tail.count) { $0 + $1.count }
            + separator.count * max(0, items.count - 1)
    }

    /// The item after its brace, without what the list says.
    private static func unopened(_ item: [UInt8], _ opening: [UInt8]) -> ArraySlice<UInt8> {
        let isOpened = item.withUnsafeBytes { item in
            item.count >= opening.count && opening.withUnsafeBytes { $0.elementsEqual(item.prefix($0.count)) }
        }
        if isOpened { return item[opening.count...] }
        var bare: [UInt8] = []
        ListItem.append(item, to: &bare)
        return bare[1...]
    }

    /// How many parts the text has: the head, the items with what separates them, the tail.
    var partCount: Int { lastPart + 1 }

    private var lastPart: Int { max(1, 2 * items.count) }

    func withPart<Result>(_ part: Int, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        if part == 0 { return head.withUnsafeBytes(body) }
        if part == lastPart { return Self.tail.withUnsafeBytes(body) }
        return part % 2 == 1 ? items[part / 2].withUnsafeBytes(body) : separator.withUnsafeBytes(body)
    }
}
