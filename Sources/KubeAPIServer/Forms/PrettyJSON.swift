/// JSON for people's eyes, as Go's `MarshalIndent` writes it with two spaces: one field or item a line.
package enum PrettyJSON {
    /// - pieces: one JSON text, however it is cut.
    package static func indented(_ pieces: [[UInt8]]) -> [UInt8] {
        let compact = pieces.count == 1 ? pieces[0] : Array(pieces.joined())
        var writer = Writer()
        writer.text.reserveCapacity(compact.count + compact.count / 2)
        for byte in compact { writer.take(byte) }
        return writer.text
    }

    private struct Writer {
        var text: [UInt8] = []
        private var depth = 0
        private var isString = false
        private var isEscaped = false
        /// Something was opened, and nothing is in it yet.
        private var isFresh = false

        mutating func take(_ byte: UInt8) {
            if isString { return takeInString(byte) }
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\t"), UInt8(ascii: "\r"):
                return
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                if !isFresh { startLine() }
                isFresh = false
                text.append(byte)
                return
            case _:
                break
            }
            if isFresh {
                startLine()
                isFresh = false
            }
            text.append(byte)
            switch byte {
            case UInt8(ascii: "\""):
                isString = true
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                isFresh = true
            case UInt8(ascii: ","):
                startLine()
            case UInt8(ascii: ":"):
                text.append(UInt8(ascii: " "))
            case _:
                break
            }
        }

        private mutating func takeInString(_ byte: UInt8) {
            text.append(byte)
            if isEscaped {
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == UInt8(ascii: "\"") {
                isString = false
            }
        }

        private mutating func startLine() {
            text.append(UInt8(ascii: "\n"))
            text.append(contentsOf: repeatElement(UInt8(ascii: " "), count: 2 * depth))
        }
    }
}
