/// Rows of a table that was generated as a text literal: lines of cells between tabs.
struct TableText: Sequence {
    struct Row {
        fileprivate let cells: [UnsafeBufferPointer<UInt8>.SubSequence]

        /// A cell; those at the end that are empty are not in the text.
        subscript(_ index: Int) -> String {
            index < cells.count ? String(decoding: cells[index], as: UTF8.self) : ""
        }

        /// The parts of a cell between commas.
        func list(_ index: Int) -> [String] { self[index].split(separator: ",").map(String.init) }
    }

    private let text: UnsafeBufferPointer<UInt8>

    init(_ text: StaticString) {
        self.text = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    }

    func makeIterator() -> some IteratorProtocol<Row> {
        text.split(separator: UInt8(ascii: "\n")).lazy.map { line in
            Row(cells: line.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false))
        }.makeIterator()
    }
}
