/// Pulls values out of JSON text (RFC 8259), without a tree in between.
///
/// Callers loop: `try reader.beginObject(); while let field = try reader.nextField() { ... }`, and
/// read or skip exactly one value in each round. Invalid UTF-8 becomes U+FFFD, as in Go.
/// Nothing is kept for errors: the path is found afterwards by reading the text again.
package struct JSONReader {
    /// How deep objects and arrays may nest; recursion in decoders is bounded by it.
    package static let depthMax = 512

    let base: UnsafePointer<UInt8>
    let count: Int
    /// The offset of the next byte.
    package internal(set) var position = 0
    /// An object or array was opened and nothing of it read yet.
    var isFresh = false
    var depth = 0
    /// An object repeated a name; see ``JSONDuplicates``.
    var sawDuplicate = false
    let names: FieldNameTable

    init(_ text: UnsafeBufferPointer<UInt8>) {
        // An empty buffer may have no address; nothing is read through this one, for its count is 0.
        base = text.baseAddress ?? UnsafePointer(FieldNameTable.shared.text)
        count = text.count
        names = FieldNameTable.shared
    }

    /// Reads one document with `body`, which must read one value; only white space may follow.
    package static func read<T>(
        _ bytes: [UInt8], _ body: (inout JSONReader) throws(JSONError) -> T
    ) throws(JSONError) -> T {
        try bytes.withUnsafeBufferPointer { (text) throws(JSONError) in try read(text, body) }
    }

    package static func read<T>(
        _ bytes: UnsafeRawBufferPointer, _ body: (inout JSONReader) throws(JSONError) -> T
    ) throws(JSONError) -> T {
        try read(bytes.assumingMemoryBound(to: UInt8.self), body)
    }

    package static func read<T>(
        _ text: UnsafeBufferPointer<UInt8>, _ body: (inout JSONReader) throws(JSONError) -> T
    ) throws(JSONError) -> T {
        var reader = JSONReader(text)
        do {
            let result = try body(&reader)
            try reader.expectEnd()
            return result
        } catch {
            throw error.at(path: JSONReader(text).path(at: error.offset))
        }
    }

    // MARK: Objects

    /// Enters an object.
    package mutating func beginObject() throws(JSONError) {
        guard skipSpace() == UInt8(ascii: "{") else { throw mismatch("object") }
        try descend()
    }

    /// The id in ``FieldNameTable`` of the next field's name, 0 for a name that no API type has, `nil` after the last.
    /// Fields that are `null` are passed over, for to typed objects they are as good as absent.
    package mutating func nextField() throws(JSONError) -> UInt16? {
        while try advanceToName() {
            let start = position
            var hash = FieldNameTable.hashSeed
            while position < count {
                let byte = base[position]
                if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte < 0x20 { break }
                hash = FieldNameTable.mix(hash, byte)
                position += 1
            }
            let id: UInt16
            if position < count, base[position] == UInt8(ascii: "\"") {
                id = names.id(of: UnsafeBufferPointer(start: base + start, count: position - start), hash: hash)
                position += 1
            } else {
                position = start
                id = names.id(of: try stringBody())
            }
            try expectColon()
            if try !consumeNull() { return id }
        }
        return nil
    }

    /// The next name of an object, `nil` after the last.
    package mutating func nextKey() throws(JSONError) -> String? {
        guard try advanceToName() else { return nil }
        let start = position
        var hash = FieldNameTable.hashSeed
        var name: String?
        while position < count {
            let byte = base[position]
            if byte == UInt8(ascii: "\"") {
                let id = names.id(of: UnsafeBufferPointer(start: base + start, count: position - start), hash: hash)
                name = id == 0 ? makeString(from: start, to: position) : names.strings[Int(id)]
                position += 1
                break
            }
            if byte == UInt8(ascii: "\\") || byte < 0x20 { break }
            hash = FieldNameTable.mix(hash, byte)
            position += 1
        }
        if name == nil {
            position = start
            name = try stringBody()
        }
        try expectColon()
        return name
    }

    /// To the first byte of the next name; `false` past the object's end.
    private mutating func advanceToName() throws(JSONError) -> Bool {
        var byte = skipSpace()
        if byte == UInt8(ascii: "}") {
            leave()
            return false
        }
        if isFresh {
            isFresh = false
        } else {
            guard byte == UInt8(ascii: ",") else { throw syntaxError("after object key:value pair") }
            position += 1
            byte = skipSpace()
        }
        guard byte == UInt8(ascii: "\"") else { throw syntaxError("looking for beginning of object key string") }
        position += 1
        return true
    }

    private mutating func expectColon() throws(JSONError) {
        guard skipSpace() == UInt8(ascii: ":") else { throw syntaxError("after object key") }
        position += 1
    }

    // MARK: Arrays

    /// Enters an array.
    package mutating func beginArray() throws(JSONError) {
        guard skipSpace() == UInt8(ascii: "[") else { throw mismatch("array") }
        try descend()
    }

    /// Whether another element follows, which the caller then reads.
    package mutating func nextElement() throws(JSONError) -> Bool {
        let byte = skipSpace()
        if byte == UInt8(ascii: "]") {
            leave()
            return false
        }
        if isFresh {
            isFresh = false
        } else {
            guard byte == UInt8(ascii: ",") else { throw syntaxError("after array element") }
            position += 1
            if skipSpace() == UInt8(ascii: "]") { throw syntaxError("looking for beginning of value") }
        }
        return true
    }

    // MARK: Literals

    /// What comes next, without reading it.
    package enum Kind: Sendable { case null, bool, number, string, array, object }

    package mutating func peek() throws(JSONError) -> Kind {
        switch skipSpace() {
        case UInt8(ascii: "\""): return .string
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "["): return .array
        case UInt8(ascii: "n"): return .null
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
        default: throw syntaxError("looking for beginning of value")
        }
    }

    /// Reads `null` if it is next.
    package mutating func consumeNull() throws(JSONError) -> Bool {
        guard skipSpace() == UInt8(ascii: "n") else { return false }
        try expectLiteral("null")
        return true
    }

    package mutating func readBool() throws(JSONError) -> Bool {
        switch skipSpace() {
        case UInt8(ascii: "t"):
            try expectLiteral("true")
            return true
        case UInt8(ascii: "f"):
            try expectLiteral("false")
            return false
        default: throw mismatch("bool")
        }
    }

    /// Passes over a value of any kind, checking that it is JSON.
    package mutating func skipValue() throws(JSONError) {
        switch try peek() {
        case .null: try expectLiteral("null")
        case .bool: _ = try readBool()
        case .number: _ = try readNumber()
        case .string:
            position += 1
            try skipStringBody()
        case .array:
            try beginArray()
            while try nextElement() { try skipValue() }
        case .object:
            try beginObject()
            while try advanceToName() {
                try skipStringBody()
                try expectColon()
                try skipValue()
            }
        }
    }

    /// The text of the next value, as it stands.
    package mutating func readRaw() throws(JSONError) -> [UInt8] {
        _ = skipSpace()
        let start = position
        try skipValue()
        return Array(UnsafeBufferPointer(start: base + start, count: position - start))
    }

    private mutating func expectLiteral(_ literal: StaticString) throws(JSONError) {
        for index in 0..<literal.utf8CodeUnitCount {
            let wanted = literal.utf8Start[index]
            guard position < count, base[position] == wanted else {
                throw syntaxError("in literal \(literal) (expecting '\(Unicode.Scalar(wanted))')")
            }
            position += 1
        }
    }

    // MARK: Moving on

    /// The next byte that is not white space, 0 at the end.
    @inline(__always)
    mutating func skipSpace() -> UInt8 {
        while position < count {
            let byte = base[position]
            guard byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 else { return byte }
            position += 1
        }
        return 0
    }

    private mutating func descend() throws(JSONError) {
        guard depth < JSONReader.depthMax else { throw JSONError(.tooDeep, "exceeded max depth", offset: position) }
        position += 1
        depth += 1
        isFresh = true
    }

    private mutating func leave() {
        position += 1
        depth -= 1
        isFresh = false
    }

    private mutating func expectEnd() throws(JSONError) {
        _ = skipSpace()
        guard position == count else { throw syntaxError("after top-level value") }
    }
}
