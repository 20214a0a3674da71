/// The bytes of an answer.
package enum AnswerBody: Sendable {
    /// As they are, however they are cut.
    case pieces([[UInt8]])
    /// A list, put together as it is read.
    case list(ListText)

    package var length: Int {
        switch self {
        case .pieces(let pieces): pieces.reduce(0) { $0 + $1.count }
        case .list(let text): text.length
        }
    }

    /// Everything at once.
    package var whole: [UInt8] {
        if case .pieces(let pieces) = self, pieces.count == 1 { return pieces[0] }
        var reader = reader()
        return [UInt8](unsafeUninitializedCapacity: length) { buffer, count in
            count = reader.read(into: UnsafeMutableRawBufferPointer(buffer))
        }
    }

    var pieces: [[UInt8]] {
        switch self {
        case .pieces(let pieces): pieces
        case .list: [whole]
        }
    }

    package func reader() -> Reader { Reader(self) }

    private var partCount: Int {
        switch self {
        case .pieces(let pieces): pieces.count
        case .list(let text): text.partCount
        }
    }

    private func withPart<Result>(_ part: Int, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        switch self {
        case .pieces(let pieces): pieces[part].withUnsafeBytes(body)
        case .list(let text): text.withPart(part, body)
        }
    }

    /// Reads the bytes one after the other, as `read(2)` does a file's.
    package struct Reader: Sendable {
        private let body: AnswerBody
        private let partCount: Int
        private var part = 0
        /// Bytes of the part that have been read.
        private var offset = 0

        init(_ body: AnswerBody) {
            self.body = body
            partCount = body.partCount
        }

        /// Fills the buffer unless the end comes first.
        /// - returns: bytes that were read.
        package mutating func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
            var count = 0
            while count < buffer.count, part < partCount {
                let start = offset
                let room = UnsafeMutableRawBufferPointer(rebasing: buffer[count...])
                let (taken, isOver) = body.withPart(part) { bytes in
                    let rest = UnsafeRawBufferPointer(rebasing: bytes[start...].prefix(room.count))
                    room.copyMemory(from: rest)
                    return (rest.count, start + rest.count == bytes.count)
                }
                count += taken
                offset = isOver ? 0 : start + taken
                if isOver { part += 1 }
            }
            return count
        }
    }
}
