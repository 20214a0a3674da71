/// A protobuf message in its text form, without its schema: fields by name, in order.
indirect enum TextProto {
    case message([(name: String, value: TextProto)])
    case text([UInt8])
    case word(String)

    static func parse(_ text: String) -> TextProto {
        var reader = Reader(bytes: Array(text.utf8))
        return .message(reader.fields(until: nil))
    }

    subscript(_ name: String) -> TextProto? {
        guard case .message(let fields) = self else { return nil }
        return fields.first { $0.name == name }?.value
    }

    func all(_ name: String) -> [TextProto] {
        guard case .message(let fields) = self else { return [] }
        return fields.filter { $0.name == name }.map(\.value)
    }

    var fields: [(name: String, value: TextProto)] { if case .message(let fields) = self { fields } else { [] } }

    var bytes: [UInt8] { if case .text(let bytes) = self { bytes } else { [] } }
    var string: String { String(decoding: bytes, as: UTF8.self) }
    var scalar: String { if case .word(let word) = self { word } else { string } }

    private struct Reader {
        let bytes: [UInt8]
        var position = 0

        init(bytes: [UInt8]) { self.bytes = bytes }

        private mutating func skip() {
            while position < bytes.count {
                let byte = bytes[position]
                if byte == UInt8(ascii: "#") {
                    while position < bytes.count, bytes[position] != 0x0A { position += 1 }
                } else if byte <= 0x20 || byte == UInt8(ascii: ",") || byte == UInt8(ascii: ";") {
                    position += 1
                } else {
                    return
                }
            }
        }

        private func at(_ letter: Unicode.Scalar) -> Bool {
            position < bytes.count && bytes[position] == UInt8(ascii: letter)
        }

        mutating func fields(until end: Unicode.Scalar?) -> [(name: String, value: TextProto)] {
            var fields: [(name: String, value: TextProto)] = []
            skip()
            while position < bytes.count {
                if let end, at(end) {
                    position += 1
                    break
                }
                let name = word()
                skip()
                if at(":") { position += 1 }
                skip()
                if at("[") {
                    position += 1
                    skip()
                    while !at("]") {
                        fields.append((name, value()))
                        skip()
                    }
                    position += 1
                } else {
                    fields.append((name, value()))
                }
                skip()
            }
            return fields
        }

        private mutating func word() -> String {
            let start = position
            if at("[") {
                while !at("]") { position += 1 }
                position += 1
                return String(decoding: bytes[start..<position], as: UTF8.self)
            }
            while position < bytes.count, isWord(bytes[position]) { position += 1 }
            precondition(position > start, "text format: a word expected at \(position)")
            return String(decoding: bytes[start..<position], as: UTF8.self)
        }

        private func isWord(_ byte: UInt8) -> Bool {
            (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || byte == UInt8(ascii: "_")
                || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+")
        }

        private mutating func value() -> TextProto {
            if at("{") || at("<") {
                let end: Unicode.Scalar = at("{") ? "}" : ">"
                position += 1
                return .message(fields(until: end))
            }
            guard at("\"") || at("'") else { return .word(word()) }
            var text: [UInt8] = []
            while at("\"") || at("'") {
                text += string()
                skip()
            }
            return .text(text)
        }

        private mutating func string() -> [UInt8] {
            let quote = bytes[position]
            var text: [UInt8] = []
            position += 1
            while bytes[position] != quote {
                if bytes[position] == UInt8(ascii: "\\") {
                    position += 1
                    escape(&text)
                } else {
                    text.append(bytes[position])
                    position += 1
                }
            }
            position += 1
            return text
        }

        private mutating func escape(_ text: inout [UInt8]) {
            let letter = bytes[position]
            position += 1
            func number(_ count: Int, _ radix: Int) -> UInt32 {
                var end = position
                while end < bytes.count, end < position + count,
                    UInt32(String(decoding: bytes[end...end], as: UTF8.self), radix: radix) != nil
                {
                    end += 1
                }
                defer { position = end }
                return UInt32(String(decoding: bytes[position..<end], as: UTF8.self), radix: radix) ?? 0
            }
            switch Unicode.Scalar(letter) {
            case "a": text.append(7)
            case "b": text.append(8)
            case "f": text.append(12)
            case "n": text.append(10)
            case "r": text.append(13)
            case "t": text.append(9)
            case "v": text.append(11)
            case "x", "X": text.append(UInt8(number(2, 16)))
            case "u", "U":
                let scalar = Unicode.Scalar(number(letter == UInt8(ascii: "u") ? 4 : 8, 16)) ?? "?"
                text += Array(String(scalar).utf8)
            case "0"..."7":
                position -= 1
                text.append(UInt8(truncatingIfNeeded: number(3, 8)))
            default: text.append(letter)
            }
        }
    }
}
