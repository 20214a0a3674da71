/// Makes links of a proxied page lead through the proxy: those to a path of the same server get a prefix
/// (as upstream's `proxy.Transport`). Takes a page in pieces; holds back at most one tag.
package struct LinkRewriter {
    /// A tag longer than this goes on as it is.
    static let tagMax = 64 << 10

    /// Which attributes hold links, by element (https://html.spec.whatwg.org/multipage/indices.html#attributes-3).
    private static let links: [String: Set<String>] = [
        "a": ["href"], "applet": ["codebase"], "area": ["href"], "audio": ["src"], "base": ["href"],
        "blockquote": ["cite"], "body": ["background"], "button": ["formaction"], "command": ["icon"],
        "del": ["cite"], "embed": ["src"], "form": ["action"], "frame": ["longdesc", "src"], "head": ["profile"],
        "html": ["manifest"], "iframe": ["longdesc", "src"], "img": ["longdesc", "src", "usemap"],
        "input": ["formaction", "src", "usemap"], "ins": ["cite"], "link": ["href"],
        "object": ["classid", "codebase", "data", "usemap"], "q": ["cite"], "script": ["src"], "source": ["src"],
        "video": ["poster", "src"],
    ]

    /// What paths get in front: `/api/v1/namespaces/default/pods/web/proxy`.
    package let prefix: String
    private var tag: [UInt8] = []
    private var quote: UInt8?

    package init(prefix: String) { self.prefix = prefix }

    package mutating func rewrite(_ piece: some Sequence<UInt8>) -> [UInt8] {
        var output: [UInt8] = []
        for byte in piece {
            if tag.isEmpty {
                if byte == UInt8(ascii: "<") { tag = [byte] } else { output.append(byte) }
                continue
            }
            tag.append(byte)
            if let open = quote {
                if byte == open { quote = nil }
            } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                quote = byte
            } else if byte == UInt8(ascii: ">") {
                output += finishedTag()
            }
            if tag.count > Self.tagMax { output += finish() }
        }
        return output
    }

    /// What was held back.
    package mutating func finish() -> [UInt8] {
        defer {
            tag = []
            quote = nil
        }
        return tag
    }

    private mutating func finishedTag() -> [UInt8] {
        defer { tag = [] }
        var scanner = TagScanner(tag)
        let element = scanner.elementName()
        guard let attributes = Self.links[element] else { return tag }
        var output: [UInt8] = []
        var copied = 0
        while let (name, value) = scanner.nextAttribute() {
            guard attributes.contains(name) else { continue }
            let link = String(decoding: tag[value], as: UTF8.self)
            output += tag[copied..<value.lowerBound] + Array(Self.rewritten(link, prefix).utf8)
            copied = value.upperBound
        }
        return output + tag[copied...]
    }

    /// Links to other servers stay; so do links that lead through the proxy already, or are relative.
    static func rewritten(_ link: String, _ prefix: String) -> String {
        guard link.hasPrefix("/"), !link.hasPrefix("//"), !link.hasPrefix(prefix) else { return link }
        return prefix + link
    }
}

/// Reads the names and values of one tag.
private struct TagScanner {
    private let tag: [UInt8]
    private var position = 1

    init(_ tag: [UInt8]) { self.tag = tag }

    mutating func elementName() -> String { word { Self.isSpace($0) || $0 == UInt8(ascii: ">") } }

    /// The next attribute that has a value, and where the value is.
    mutating func nextAttribute() -> (name: String, value: Range<Int>)? {
        while position < tag.count {
            skipSpace()
            let name = word { Self.isSpace($0) || $0 == UInt8(ascii: "=") || $0 == UInt8(ascii: ">") }
            skipSpace()
            guard position < tag.count, tag[position] == UInt8(ascii: "=") else {
                if name.isEmpty { position += 1 }
                continue
            }
            position += 1
            skipSpace()
            return (name, value())
        }
        return nil
    }

    private mutating func value() -> Range<Int> {
        let quote = position < tag.count ? tag[position] : 0
        if quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") {
            let start = position + 1
            let end = tag[start...].firstIndex(of: quote) ?? tag.count
            position = end + 1
            return start..<end
        }
        let start = position
        while position < tag.count, !Self.isSpace(tag[position]), tag[position] != UInt8(ascii: ">") { position += 1 }
        return start..<position
    }

    private mutating func word(until isEnd: (UInt8) -> Bool) -> String {
        let start = position
        while position < tag.count, !isEnd(tag[position]) { position += 1 }
        return String(decoding: tag[start..<position], as: UTF8.self).lowercased()
    }

    private mutating func skipSpace() { while position < tag.count, Self.isSpace(tag[position]) { position += 1 } }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }
}
