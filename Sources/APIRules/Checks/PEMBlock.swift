internal import APIMachinery

/// A block of a PEM text (RFC 1421), as far as rules have to know it.
struct PEMBlock {
    let type: String
    let hasHeaders: Bool
    let bytes: [UInt8]

    /// The blocks of a text; what is around them says nothing, and what is none ends nothing.
    static func all(in text: String) -> [PEMBlock] {
        var blocks: [PEMBlock] = []
        var open: (type: String, lines: [Substring])?
        for line in text.split(whereSeparator: \.isNewline) {
            if line.hasPrefix("-----BEGIN "), line.hasSuffix("-----") {
                open = (String(line.dropFirst("-----BEGIN ".count).dropLast(5)), [])
            } else if let begun = open, line == "-----END \(begun.type)-----" {
                if let block = PEMBlock(begun.type, begun.lines) { blocks.append(block) }
                open = nil
            } else {
                open?.lines.append(line)
            }
        }
        return blocks
    }

    private init?(_ type: String, _ lines: [Substring]) {
        let headers = lines.prefix { $0.contains(":") }
        guard let bytes = Base64.decode(lines.dropFirst(headers.count).flatMap(\.utf8)) else { return nil }
        self.type = type
        hasHeaders = !headers.isEmpty
        self.bytes = bytes
    }

    /// Whether it holds nothing but sequences (DER), as certificates are.
    var holdsSequences: Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            guard rest.count >= 2, rest.removeFirst() == 0x30, var length = rest.popFirst().map(Int.init) else {
                return false
            }
            if length >= 0x80 {
                let count = length & 0x7f
                guard (1...4).contains(count), rest.count >= count else { return false }
                length = rest.prefix(count).reduce(0) { $0 << 8 | Int($1) }
                rest = rest.dropFirst(count)
            }
            guard rest.count >= length else { return false }
            rest = rest.dropFirst(length)
        }
        return true
    }
}
