extension JSONReader {
    package mutating func readString() throws(JSONError) -> String {
        guard skipSpace() == UInt8(ascii: "\"") else { throw mismatch("string") }
        position += 1
        return try stringBody()
    }

    /// Bytes in base64, with padding.
    package mutating func readBase64() throws(JSONError) -> [UInt8] {
        let start = position
        guard skipSpace() == UInt8(ascii: "\"") else { throw mismatch("[]uint8") }
        position += 1
        let body = position
        let end = plainEnd(from: body)
        if end < count, base[end] == UInt8(ascii: "\"") {
            position = end + 1
            if let bytes = Base64.decode(UnsafeBufferPointer(start: base + body, count: end - body)) { return bytes }
        } else if let bytes = Base64.decode(Array(try stringBody().utf8)) {
            return bytes
        }
        throw JSONError(.invalidValue, "illegal base64 data", offset: start)
    }

    /// What follows an opening quote, up to and including the closing one.
    mutating func stringBody() throws(JSONError) -> String {
        let start = position
        let end = plainEnd(from: start)
        if end < count, base[end] == UInt8(ascii: "\"") {
            position = end + 1
            return makeString(from: start, to: end)
        }
        return try escapedStringBody()
    }

    @inline(__always)
    func makeString(from start: Int, to end: Int) -> String {
        String(decoding: UnsafeBufferPointer(start: base + start, count: end - start), as: UTF8.self)
    }

    /// The first quote, backslash or control character, or the end.
    func plainEnd(from start: Int) -> Int {
        var index = start
        let words = UnsafeRawPointer(base)
        while index + 8 <= count {
            let word = words.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            guard ByteLanes.hasControl(word) || ByteLanes.has(0x22, in: word) || ByteLanes.has(0x5c, in: word) else {
                index += 8
                continue
            }
            break
        }
        while index < count {
            let byte = base[index]
            if byte == 0x22 || byte == 0x5c || byte < 0x20 { return index }
            index += 1
        }
        return index
    }

    mutating func skipStringBody() throws(JSONError) {
        position = plainEnd(from: position)
        if position < count, base[position] == UInt8(ascii: "\"") {
            position += 1
        } else {
            _ = try escapedStringBody()
        }
    }

    private mutating func escapedStringBody() throws(JSONError) -> String {
        var text: [UInt8] = []
        while true {
            let end = plainEnd(from: position)
            text.append(contentsOf: UnsafeBufferPointer(start: base + position, count: end - position))
            position = end
            guard position < count else { throw syntaxError("") }
            let byte = base[position]
            if byte == UInt8(ascii: "\"") {
                position += 1
                return String(decoding: text, as: UTF8.self)
            }
            guard byte == UInt8(ascii: "\\") else { throw syntaxError("in string literal") }
            position += 1
            try readEscape(into: &text)
        }
    }

    private mutating func readEscape(into text: inout [UInt8]) throws(JSONError) {
        guard position < count else { throw syntaxError("") }
        switch base[position] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(base[position])
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0c)
        case UInt8(ascii: "n"): text.append(0x0a)
        case UInt8(ascii: "r"): text.append(0x0d)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            position += 1
            text.append(contentsOf: String(Character(try readUnicodeEscape())).utf8)
            return
        default: throw syntaxError("in string escape code")
        }
        position += 1
    }

    /// The scalar of four hex digits, or of a surrogate pair; a lone surrogate is U+FFFD.
    private mutating func readUnicodeEscape() throws(JSONError) -> Unicode.Scalar {
        let first = try readHex()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xdc00, position + 1 < count, base[position] == UInt8(ascii: "\\"),
            base[position + 1] == UInt8(ascii: "u")
        else { return "\u{fffd}" }
        let afterFirst = position
        position += 2
        let second = try readHex()
        if (0xdc00...0xdfff).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (first - 0xd800) << 10 + (second - 0xdc00))
        {
            return scalar
        }
        position = afterFirst
        return "\u{fffd}"
    }

    private mutating func readHex() throws(JSONError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard position < count else { throw syntaxError("") }
            let byte = base[position]
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
            default: throw syntaxError("in \\u hexadecimal character escape")
            }
            value = value << 4 | UInt32(digit)
            position += 1
        }
        return value
    }
}
