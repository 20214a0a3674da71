/// Writes JSON text into growing memory, escaped as Go escapes it (`<`, `>`, `&`, U+2028 and U+2029 too).
///
/// Commas come by themselves; that names and values alternate is the caller's duty.
package struct JSONWriter: ~Copyable {
    private var base: UnsafeMutablePointer<UInt8>
    private var capacity: Int
    package private(set) var count = 0
    /// How many objects and arrays are open.
    package private(set) var depth = 0
    /// A value was written before, so that a comma must come first.
    private var needsComma = false

    package init(capacity: Int = 1024) {
        self.capacity = capacity
        base = .allocate(capacity: capacity)
    }

    deinit { base.deallocate() }

    /// What `body` writes; `capacity` is about how much that is.
    package static func bytes(capacity: Int = 1024, _ body: (inout JSONWriter) -> Void) -> [UInt8] {
        var writer = JSONWriter(capacity: capacity)
        body(&writer)
        return writer.bytes
    }

    /// What was written so far.
    package var bytes: [UInt8] { Array(UnsafeBufferPointer(start: base, count: count)) }

    // MARK: Structure

    package mutating func beginObject() { begin(UInt8(ascii: "{")) }
    package mutating func endObject() { end(UInt8(ascii: "}")) }
    package mutating func beginArray() { begin(UInt8(ascii: "[")) }
    package mutating func endArray() { end(UInt8(ascii: "]")) }

    /// A name that needs no escapes.
    package mutating func key(_ name: StaticString) {
        let length = name.utf8CodeUnitCount
        reserve(length + 4)
        if needsComma { put(UInt8(ascii: ",")) }
        put(UInt8(ascii: "\""))
        (base + count).update(from: name.utf8Start, count: length)
        count += length
        put(UInt8(ascii: "\""))
        put(UInt8(ascii: ":"))
        needsComma = false
    }

    package mutating func key(_ name: String) {
        beginValue(0)
        quote(name)
        reserve(1)
        put(UInt8(ascii: ":"))
        needsComma = false
    }

    /// A value that is JSON already.
    package mutating func raw(_ json: [UInt8]) { json.withUnsafeBytes { raw($0) } }

    package mutating func raw(_ json: UnsafeRawBufferPointer) {
        beginValue(json.count)
        append(json.assumingMemoryBound(to: UInt8.self))
        needsComma = true
    }

    // MARK: Values

    package mutating func null() { literal("null") }

    package mutating func bool(_ value: Bool) { if value { literal("true") } else { literal("false") } }

    package mutating func string(_ value: String) {
        beginValue(0)
        quote(value)
        needsComma = true
    }

    /// Text that needs no escapes.
    package mutating func string(_ text: StaticString) {
        beginValue(text.utf8CodeUnitCount + 2)
        put(UInt8(ascii: "\""))
        append(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
        reserve(1)
        put(UInt8(ascii: "\""))
        needsComma = true
    }

    package mutating func integer(_ value: Int64) {
        beginValue(20)
        if value < 0 { put(UInt8(ascii: "-")) }
        var rest = value.magnitude
        var width = 1
        var power: UInt64 = 10
        while width < 19, rest >= power {
            width += 1
            power *= 10
        }
        var index = count + width
        count = index
        repeat {
            index -= 1
            base[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        } while rest > 0
        needsComma = true
    }

    /// Infinities and NaN, which JSON cannot say, become `null`.
    package mutating func double(_ value: Double) {
        guard value.isFinite else { return null() }
        let text = JSONNumber.text(of: value)
        beginValue(text.count)
        text.withUnsafeBufferPointer { append($0) }
        needsComma = true
    }

    package mutating func base64(_ value: [UInt8]) {
        beginValue((value.count + 2) / 3 * 4 + 2)
        put(UInt8(ascii: "\""))
        var end = base + count
        value.withUnsafeBufferPointer {
            Base64.encode($0) { letter in
                end.pointee = letter
                end += 1
            }
        }
        count = end - base
        put(UInt8(ascii: "\""))
        needsComma = true
    }

    // MARK: Bytes

    private mutating func begin(_ bracket: UInt8) {
        beginValue(1)
        put(bracket)
        depth += 1
        needsComma = false
    }

    private mutating func end(_ bracket: UInt8) {
        reserve(1)
        put(bracket)
        depth -= 1
        needsComma = true
    }

    private mutating func literal(_ text: StaticString) {
        beginValue(text.utf8CodeUnitCount)
        append(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
        needsComma = true
    }

    /// Writes the comma if one is due, and makes room.
    @inline(__always)
    private mutating func beginValue(_ size: Int) {
        reserve(size + 1)
        if needsComma { put(UInt8(ascii: ",")) }
    }

    /// Into room that was reserved.
    @inline(__always)
    private mutating func put(_ byte: UInt8) {
        base[count] = byte
        count += 1
    }

    private mutating func append(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard let start = bytes.baseAddress else { return }
        reserve(bytes.count)
        (base + count).update(from: start, count: bytes.count)
        count += bytes.count
    }

    @inline(__always)
    private mutating func reserve(_ size: Int) { if count + size > capacity { grow(size) } }

    @inline(never)
    private mutating func grow(_ size: Int) {
        let larger = max(capacity * 2, count + size)
        let memory = UnsafeMutablePointer<UInt8>.allocate(capacity: larger)
        memory.update(from: base, count: count)
        base.deallocate()
        base = memory
        capacity = larger
    }

    // MARK: Strings

    private mutating func quote(_ value: String) {
        var value = value
        value.withUTF8 { quote($0) }
    }

    private mutating func quote(_ text: UnsafeBufferPointer<UInt8>) {
        reserve(text.count + 2)
        put(UInt8(ascii: "\""))
        var index = 0
        while index < text.count {
            let end = plainEnd(text, from: index)
            append(UnsafeBufferPointer(rebasing: text[index..<end]))
            guard end < text.count else { break }
            index = escape(text, at: end)
        }
        reserve(1)
        put(UInt8(ascii: "\""))
    }

    /// The first byte that may need an escape, or the end.
    private func plainEnd(_ text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        var index = start
        let raw = UnsafeRawBufferPointer(text)
        while index < text.count {
            if index + 8 <= text.count,
                !ByteLanes.needsCare(raw.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            {
                index += 8
                continue
            }
            let end = min(index + 8, text.count)
            while index < end {
                switch text[index] {
                case 0..<0x20, 0x22, 0x26, 0x3c, 0x3e, 0x5c, 0xe2: return index
                default: index += 1
                }
            }
        }
        return index
    }

    /// Writes the character at the index, which may be one to escape; gives the index behind it.
    private mutating func escape(_ text: UnsafeBufferPointer<UInt8>, at index: Int) -> Int {
        reserve(6)
        let byte = text[index]
        let short: UInt8
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): short = byte
        case 0x08: short = UInt8(ascii: "b")
        case 0x09: short = UInt8(ascii: "t")
        case 0x0a: short = UInt8(ascii: "n")
        case 0x0c: short = UInt8(ascii: "f")
        case 0x0d: short = UInt8(ascii: "r")
        case 0xe2:
            let isSeparator =
                index + 2 < text.count && text[index + 1] == 0x80
                && (text[index + 2] == 0xa8 || text[index + 2] == 0xa9)
            guard isSeparator else {
                put(byte)
                return index + 1
            }
            putUnicodeEscape(0x2028 + UInt16(text[index + 2] - 0xa8))
            return index + 3
        default:
            putUnicodeEscape(UInt16(byte))
            return index + 1
        }
        put(UInt8(ascii: "\\"))
        put(short)
        return index + 1
    }

    private mutating func putUnicodeEscape(_ unit: UInt16) {
        put(UInt8(ascii: "\\"))
        put(UInt8(ascii: "u"))
        for shift: UInt16 in [12, 8, 4, 0] {
            let digit = UInt8(truncatingIfNeeded: unit >> shift & 15)
            put(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        }
    }
}
