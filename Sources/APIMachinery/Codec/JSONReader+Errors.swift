extension JSONReader {
    /// The error for the byte at hand: `invalid character 'x' <context>`.
    @inline(never)
    func syntaxError(_ context: String) -> JSONError {
        guard position < count else {
            return JSONError(.unexpectedEnd, "unexpected end of JSON input", offset: position)
        }
        return JSONError(.syntax, "invalid character \(quoted(base[position])) \(context)", offset: position)
    }

    /// The error for a value of another kind than the one wanted.
    @inline(never)
    mutating func mismatch(_ wanted: String) -> JSONError {
        let start = position
        do throws(JSONError) {
            let kind = try peek()
            let found = kind == .number ? "number \(try numberText())" : "\(kind)"
            return .mismatch(found: found, wanted: wanted, offset: start)
        } catch {
            return error
        }
    }

    /// Where in the document an offset lies, found by walking from the start.
    func path(at offset: Int) -> String {
        var walk = self
        var steps: [String] = []
        // The walk meets the same error again, or passes the offset; both end it.
        do throws(JSONError) { _ = try walk.walk(to: offset, &steps) } catch {}
        return steps.joined()
    }

    /// Reads one value; `true`, with the steps to it left in place, when it holds the offset.
    private mutating func walk(to offset: Int, _ steps: inout [String]) throws(JSONError) -> Bool {
        let kind = try peek()
        guard position < offset else { return true }
        switch kind {
        case .object:
            try beginObject()
            while let key = try nextKey() {
                steps.append(steps.isEmpty ? key : ".\(key)")
                if try walk(to: offset, &steps) { return true }
                steps.removeLast()
            }
        case .array:
            try beginArray()
            var index = 0
            while try nextElement() {
                steps.append("[\(index)]")
                if try walk(to: offset, &steps) { return true }
                steps.removeLast()
                index += 1
            }
        default: try skipValue()
        }
        return position > offset
    }

    /// A byte as Go quotes it in messages.
    private func quoted(_ byte: UInt8) -> String {
        switch byte {
        case UInt8(ascii: "'"): return #"'\''"#
        case UInt8(ascii: "\""): return #"'"'"#
        case UInt8(ascii: "\\"): return #"'\\'"#
        case 0x07: return #"'\a'"#
        case 0x08: return #"'\b'"#
        case 0x09: return #"'\t'"#
        case 0x0a: return #"'\n'"#
        case 0x0b: return #"'\v'"#
        case 0x0c: return #"'\f'"#
        case 0x0d: return #"'\r'"#
        case 0x20..<0x7f: return "'\(Unicode.Scalar(byte))'"
        case 0xa1...0xac, 0xae...0xff: return "'\(Unicode.Scalar(byte))'"
        default:
            let hex = String(byte, radix: 16)
            return byte < 0x80 ? "'\\x\(hex.count < 2 ? "0" : "")\(hex)'" : "'\\u00\(hex)'"
        }
    }
}
