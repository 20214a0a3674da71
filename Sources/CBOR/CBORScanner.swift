/// Says whether bytes are one well-formed item, and none that is refused whatever it means: NaN, infinity, big numbers.
///
/// Everything is looked at before anything is made, so that a length that lies costs nothing.
struct CBORScanner {
    private var cursor: CBORCursor

    init(_ bytes: [UInt8]) { cursor = CBORCursor(bytes) }

    var isAtEnd: Bool { cursor.left == 0 }

    /// One item; others may follow.
    mutating func next() throws(CBORError) {
        guard !isAtEnd else { throw CBORError(.unexpectedEnd, "EOF") }
        try item(depth: 0)
    }

    /// One item and nothing else.
    mutating func whole() throws(CBORError) {
        try next()
        guard cursor.left == 0 else {
            throw CBORError(
                .malformed,
                "cbor: \(cursor.left) bytes of extraneous data starting at index \(cursor.position)")
        }
    }

    private mutating func item(depth: Int) throws(CBORError) {
        let head = try cursor.head()
        switch head.kind {
        case .unsigned, .negative: break
        case .bytes, .text:
            if head.isIndefinite { return try chunks(of: head.kind) }
            _ = try cursor.take(try length(head))
        case .array, .map: try items(head, depth: try deeper(depth))
        case .tag: try tagged(head.number, depth: depth)
        case .primitive: try primitive(head)
        }
    }

    private func length(_ head: CBORHead) throws(CBORError) -> Int {
        guard let length = Int(exactly: head.number) else {
            let end = head.kind == .array || head.kind == .map ? "it would cause" : "causing"
            throw CBORError(
                .malformed, "cbor: \(head.kind.name) length \(head.number) is too large, \(end) integer overflow")
        }
        return length
    }

    private func deeper(_ depth: Int) throws(CBORError) -> Int {
        guard depth < CBORCodec.depthMax else {
            throw CBORError(.tooDeep, "cbor: exceeded max nested level \(CBORCodec.depthMax)")
        }
        return depth + 1
    }

    private mutating func items(_ head: CBORHead, depth: Int) throws(CBORError) {
        if head.isIndefinite {
            var count = 0
            while !cursor.takeBreak() {
                try item(depth: depth)
                count += 1
                if head.kind == .map, count.isMultiple(of: 2) { try checkPairs(count / 2) }
            }
            guard head.kind == .array || count.isMultiple(of: 2) else {
                throw CBORError(.malformed, "cbor: unexpected \"break\" code")
            }
            return
        }
        let count = try length(head)
        if head.kind == .map { try checkPairs(count) }
        for _ in 0..<count {
            try item(depth: depth)
            if head.kind == .map { try item(depth: depth) }
        }
    }

    private func checkPairs(_ count: Int) throws(CBORError) {
        guard count <= CBORCodec.mapPairsMax else {
            throw CBORError(
                .malformed,
                "cbor: exceeded max number of key-value pairs \(CBORCodec.mapPairsMax) for CBOR map")
        }
    }

    /// A string in pieces, which have lengths.
    private mutating func chunks(of kind: CBORKind) throws(CBORError) {
        while !cursor.takeBreak() {
            guard let byte = cursor.next else { throw CBORCursor.unexpectedEnd }
            let chunk = CBORKind(byte)
            guard chunk == kind else {
                throw CBORError(
                    .malformed, "cbor: wrong element type \(chunk.name) for indefinite-length \(kind.name)")
            }
            let head = try cursor.head()
            guard !head.isIndefinite else {
                throw CBORError(.malformed, "cbor: indefinite-length \(kind.name) chunk is not definite-length")
            }
            _ = try cursor.take(try length(head))
        }
    }

    private mutating func tagged(_ first: UInt64, depth: Int) throws(CBORError) {
        var number = first
        var depth = depth
        while true {
            guard let kind = cursor.nextKind else { throw CBORCursor.unexpectedEnd }
            guard number != CBORTag.bigUnsigned, number != CBORTag.bigNegative else {
                throw .refused(.tag, "bignum")
            }
            guard kind == .tag else { return try item(depth: depth) }
            number = try cursor.head().number
            depth = try deeper(depth)
        }
    }

    private func primitive(_ head: CBORHead) throws(CBORError) {
        if head.info == 24, head.number < 32 {
            throw CBORError(.malformed, "cbor: invalid simple value \(head.number) for type \(head.kind.name)")
        }
        guard let float = head.float else { return }
        if float.isNaN { throw .refused(.primitive, "floating-point NaN") }
        if float.isInfinite { throw .refused(.primitive, "floating-point infinity") }
    }
}

/// Tags that mean something here; others are passed over.
enum CBORTag {
    static let timeText: UInt64 = 0
    static let timeSeconds: UInt64 = 1
    static let bigUnsigned: UInt64 = 2
    static let bigNegative: UInt64 = 3
    /// Byte strings inside are to become this text.
    static let base64URL: UInt64 = 21
    static let base64: UInt64 = 22
    static let hexadecimal: UInt64 = 23
}
